"""What trains many times or not at all: the study, and a look at the input."""

from collections.abc import Iterator
from dataclasses import replace

from rdfia_core.errors import ConfigError
from rdfia_core.events import Event
from rdfia_core.experiments import Context
from rdfia_core.experiments.vit import SCRATCH, VitConfig
from rdfia_core.experiments.vit.network import initial_network
from rdfia_core.experiments.vit.train import shape_of, training_of
from rdfia_core.training.image_preview import preview_events
from rdfia_core.training.image_setup import build_problem
from rdfia_core.training.small_data import small_data_events
from rdfia_core.training.study import study_events


def preview(config: VitConfig, context: Context) -> Iterator[Event]:
    """Yield as `preview_events`."""
    return preview_events(config, context.images.open(config.dataset), context.device)


def study(config: VitConfig, context: Context) -> Iterator[Event]:
    """Yield as `study_events`."""

    def train_one(chosen: VitConfig) -> Iterator[Event]:
        return trained(chosen, context)

    return study_events(config, device=context.device, resume=context.resume, train_one=train_one)


def small_data(config: VitConfig, context: Context) -> Iterator[Event]:
    """Yield as `small_data_events`; both arms have the network of the run to start from.

    Raises:
        ConfigError: If the config starts from scratch: there is nothing to compare with.
    """
    if config.init_from == SCRATCH:
        raise ConfigError(
            "The 'init_from' parameter must name weights to carry over, run:ID or timm:NAME, for "
            "this study. Got scratch.",
            "init_from",
        )

    def train_one(chosen: VitConfig) -> Iterator[Event]:
        return trained(chosen, context, evaluates_epochs=False)

    return small_data_events(
        config,
        num_available=context.images.open(config.dataset).num_train,
        scratch={"init_from": SCRATCH, "freeze": "none", "layer_decay": 1.0},
        device=context.device,
        resume=context.resume,
        train_one=train_one,
    )


def trained(
    config: VitConfig, context: Context, *, evaluates_epochs: bool = True
) -> Iterator[Event]:
    """Train one config from its start to its end, without pictures."""
    live = {"learning_rate": config.learning_rate, "shown_image": 0}
    own = replace(context, live=live, resume=None)
    problem = build_problem(config, context.images.open(config.dataset), context.device)
    network, _ = initial_network(config, shape_of(problem), own)
    training = training_of(config, own, problem, network, None, evaluates_epochs=evaluates_epochs)
    return training.events()
