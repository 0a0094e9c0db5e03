"""The baseline of `mlp_job` and `mlp_sweep`: a network as a tutorial trains it, in its own process.

N training points, 2 coordinates. No evaluation, no pictures, no store; the gradient step is
written by hand, which is faster here than torch.optim.SGD (4 small tensors a step).
"""

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from rdfia_core.data.point_config import load_points
from rdfia_core.experiments.circle_mlp import CircleMlpConfig
from rdfia_core.settings import Settings
from tests.bench.home import serve

WARM_UP_EPOCHS = 20


def train(x_N2: torch.Tensor, y_N: torch.Tensor, epochs: int, config: CircleMlpConfig) -> None:
    """Train a fresh network."""
    (hidden,) = config.layer_sizes
    network = nn.Sequential(nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, 2))
    criterion = nn.CrossEntropyLoss(reduction=config.reduction)
    for _ in range(epochs):
        order = torch.randperm(len(x_N2))
        for start in range(0, len(x_N2), config.batch_size):
            batch = order[start : start + config.batch_size]
            loss = criterion(network(x_N2[batch]), y_N[batch])
            network.zero_grad()
            loss.backward()
            with torch.no_grad():
                for parameter in network.parameters():
                    parameter -= config.learning_rate * parameter.grad


def answer(
    epochs: int, niceness: int, configs: Sequence[Mapping[str, Any]] = ({},)
) -> dict[str, Any]:
    """Time the loop alone, one config after the other: no import, no data, no first steps."""
    os.nice(niceness)
    torch.set_num_threads(1)
    problems = []
    for values in configs:
        config = CircleMlpConfig.build(values)
        points = load_points(config, Settings().uploads_dir)
        x_N2 = torch.from_numpy(points.x_train).float()
        problems.append((x_N2, torch.from_numpy(points.y_train), config))
    x_N2, y_N, config = problems[0]
    train(x_N2, y_N, WARM_UP_EPOCHS, config)
    begun, cpu_begun = time.perf_counter(), time.process_time()
    for x_N2, y_N, config in problems:
        train(x_N2, y_N, epochs, config)
    return {
        "seconds": time.perf_counter() - begun,
        "cpu_seconds": time.process_time() - cpu_begun,
    }


if __name__ == "__main__":
    serve(answer)
