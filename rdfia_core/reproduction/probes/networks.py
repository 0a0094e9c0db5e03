"""Weights and work of the lab's CNN: counted on the network that is built, and as it grows."""

from collections.abc import Iterator

from rdfia_core.events import End, EndReason, Event
from rdfia_core.experiments import Context
from rdfia_core.experiments.cifar_cnn import CifarCnnConfig
from rdfia_core.models.cnn.blocks import parse_blocks
from rdfia_core.models.cnn.build import build_network
from rdfia_core.models.cnn.layer_table import layer_table

CIFAR = {"num_channels": 3, "image_size": 32, "num_classes": 10}
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
CONV_WIDTHS, FC_WIDTH = (32, 64, 64), 1000


def count_weights(config: CifarCnnConfig, context: Context, option: str) -> Iterator[Event]:
    """Build the network of a config for CIFAR-10 and count the numbers that it learns."""
    del context, option
    network = build_network(parse_blocks(config.architecture), **CIFAR)
    counts = {name: p.numel() for name, p in network.named_parameters()}
    total = sum(counts.values())
    in_convolutions = sum(n for name, n in counts.items() if ".conv" in f".{name}")
    metrics = {"num_weights": float(total), "convolution_share": in_convolutions / total}
    yield End(EndReason.COMPLETED, "", metrics)


def count_cost(config: CifarCnnConfig, context: Context, option: str) -> Iterator[Event]:
    """Count weights and multiply-adds of the lab's network from a quarter to four times its width.

    Args:
        config: Not read: the network is the lab's.
        context: Not read.
        option: Which layers become wider: "fc" the first fully connected one, "all" every one.
    """
    del config, context
    metrics: dict[str, float] = {}
    for place, factor in enumerate(FACTORS):
        table = layer_table(parse_blocks(_widened(factor, option)), **CIFAR)
        table.check()
        metrics[f"weights_{place}"] = float(table.num_weights)
        metrics[f"multiply_adds_{place}"] = float(table.multiply_adds)
    yield End(EndReason.COMPLETED, "", metrics)


def _widened(factor: float, which: str) -> str:
    convs = [round(width * (factor if which == "all" else 1)) for width in CONV_WIDTHS]
    blocks = ", ".join(f"conv {width} k5 p2, relu, pool 2" for width in convs)
    return f"{blocks}, fc {round(FC_WIDTH * factor)}, relu"
