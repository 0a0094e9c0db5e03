"""Study: baseline and variants of the CNN lab trained with the same seeds."""

from collections.abc import Iterator

from rdfia_core.events import Event
from rdfia_core.experiments import Context
from rdfia_core.experiments.cifar_cnn import CifarCnnConfig
from rdfia_core.experiments.cifar_cnn.train import training_of
from rdfia_core.training.image_setup import build_problem
from rdfia_core.training.study import study_events


def study(config: CifarCnnConfig, context: Context) -> Iterator[Event]:
    """Yield as `study_events`."""

    def train_one(chosen: CifarCnnConfig) -> Iterator[Event]:
        problem = build_problem(chosen, context.images.open(chosen.dataset), context.device)
        live = {"learning_rate": chosen.learning_rate, "shown_image": 0}
        own = Context(context.device, context.uploads_dir, live, library=context.library)
        return training_of(chosen, own, problem, has_pictures=False).events()

    return study_events(config, device=context.device, resume=context.resume, train_one=train_one)
