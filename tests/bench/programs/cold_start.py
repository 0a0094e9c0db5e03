"""The baseline of `submit`: everything that one first step needs, from a cold interpreter."""

import torch

from rdfia_core.events import Step
from rdfia_core.experiments.circle_mlp import CircleMlpConfig
from rdfia_core.experiments.circle_mlp.train import train
from tests.bench.programs.contexts import context_of


def first_step() -> None:
    """Train up to the first update."""
    torch.set_num_threads(1)
    config = CircleMlpConfig.build({})
    events = train(config, context_of(config))
    next(event for event in events if isinstance(event, Step) and event.step >= 1)


if __name__ == "__main__":
    first_step()
    print("{}", flush=True)
