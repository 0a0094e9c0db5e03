"""The network of a run as an ONNX file, whatever stage has trained it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from torch import Tensor, nn

from rdfia_core.errors import ConfigError
from rdfia_core.events import Event
from rdfia_core.experiments import Context
from rdfia_core.experiments.circle_mlp import CircleMlpConfig
from rdfia_core.experiments.circle_mlp.train import build_problem
from rdfia_core.models.features import expand, feature_names
from rdfia_core.models.onnx_file import OnnxNote
from rdfia_core.models.stages import build_stage
from rdfia_core.models.stages.nn_module import build_network
from rdfia_core.training.network_file import network_facts, written
from rdfia_core.training.tensor_state import tensors_under


class FromCoordinates(nn.Module):
    """A network and the functions of the coordinates that it is given besides."""

    def __init__(self, features: Sequence[str], network: nn.Module) -> None:
        super().__init__()
        self.features = tuple(features)
        self.network = network

    def forward(self, x_N2: Tensor) -> Tensor:
        """Return the logits (N, K)."""
        logits_NK: Tensor = self.network(expand(x_N2, self.features))
        return logits_NK


def export_onnx(config: CircleMlpConfig, context: Context) -> Iterator[Event]:
    """Yield the network of the run as a file."""
    if context.resume is None:
        raise ConfigError("Start a run first: its network is asked, and there is none yet.")
    problem = build_problem(config, replace(context, device="cpu"))
    stage = build_stage(config.stage, problem.weights, problem.spec)
    stage.load_state(tensors_under("stage.", context.resume.arrays))
    network = FromCoordinates(config.feature_list, build_network(stage.parameters, problem.spec))
    example_22 = problem.splits[0].inputs_ND[:1, :2].repeat(2, 1)
    num_classes = problem.points.num_classes
    inputs = ", ".join(feature_names(config.feature_list))
    description = (
        f"Circle MLP. Input points: {config.dtype} (batch, 2), the coordinates as the data have "
        f"them, not scaled; the network's inputs ({inputs}) are computed in the file. Output "
        f"logits: {config.dtype} (batch, {num_classes}); their softmax is the probability of each "
        "class."
    )
    names = [f"class {k}" for k in range(num_classes)]
    facts = {"inputs": inputs, "scaling": "none", **network_facts(names)}
    note = OnnxNote("points", description, facts)
    yield from written(network, example_22, note, config.epochs)
