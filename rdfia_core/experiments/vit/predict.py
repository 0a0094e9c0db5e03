"""What the network of a run answers to one image, and all that it attends to on the way."""

from collections.abc import Iterator

from torch import nn

from rdfia_core.errors import ConfigError
from rdfia_core.events import Event, Started
from rdfia_core.experiments import Context
from rdfia_core.experiments.vit import VitConfig
from rdfia_core.experiments.vit.network import initial_network
from rdfia_core.experiments.vit.train import painter, shape_of
from rdfia_core.training.image_setup import ImageProblem, build_problem
from rdfia_core.training.one_picture import UNKNOWN_CLASS, asked_image, shown
from rdfia_core.training.tensor_state import tensors_under

MAX_BYTES = 8_000_000
"""Of attention: 12 blocks of 12 heads over 197 tokens are 5.6 million."""


def predict(config: VitConfig, context: Context) -> Iterator[Event]:
    """Yield one picture as a run does, with the attention of all queries.

    The image is the config's picture, or without one the test image `shown_image`.
    """
    problem, network = restored(config, context)
    yield Started(sum(p.numel() for p in network.parameters()), context.device)
    part, place = asked_image(config, problem, context.uploads_dir)
    snapshot = painter(config, problem, network, part, lambda: place, MAX_BYTES)(None, 0.0)
    if config.picture:
        snapshot.info["shown"]["label"] = UNKNOWN_CLASS
    yield from shown(snapshot, config.epochs)


def restored(config: VitConfig, context: Context) -> tuple[ImageProblem, nn.Module]:
    """Build the problem of a run and its network as the run left it, not training.

    Raises:
        ConfigError: If there is no run to go on from.
    """
    if context.resume is None:
        raise ConfigError("Start a run first: its network is asked, and there is none yet.")
    problem = build_problem(config, context.images.open(config.dataset), context.device)
    network, _ = initial_network(config, shape_of(problem), context)
    network.load_state_dict(tensors_under("network.", context.resume.arrays))
    return problem, network.to(context.device).eval()
