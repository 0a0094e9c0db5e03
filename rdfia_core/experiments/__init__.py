"""The experiments, found by looking: a module in this package with an `EXPERIMENT` is one.

This package and the top module of each experiment are imported by the interface process, so they
import no torch; the training functions are named by their address and loaded where they run.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from rdfia_core.config import ExperimentConfig
from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.errors import DataUnavailableError, UnknownExperimentError
from rdfia_core.events import Checkpoint, Event
from rdfia_core.settings import Settings

LIGHT_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Preset:
    """A named configuration.

    Args:
        name: For the command line.
        title: For the page.
        lesson: What to look for, in one or two sentences.
        values: Hyperparameters that differ from the defaults.
    """

    name: str
    title: str
    lesson: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Trained:
    """A run whose network another one starts from.

    Args:
        experiment: Its name.
        config: Its hyperparameters.
        weights: Loads its weights, as arrays by name.
    """

    experiment: str
    config: Mapping[str, Any]
    weights: Callable[[], Mapping[str, np.ndarray]]


def _no_runs(run_id: str) -> Trained:
    raise DataUnavailableError(f"There is no run {run_id} to start from. Start from scratch.")


@dataclass
class Context:
    """What a training generator is given besides its config.

    Args:
        device: Where to compute; a device that exists.
        uploads_dir: Folder of the imported data files.
        live: Values of the live hyperparameters as they are now; the owner may change them.
        resume: State to go on from, or None for a fresh start.
        attentive: Whether somebody follows single steps (a run that is paused, or paced for the
            eye). If not, a fast loop need not yield a `Step` after each update.
        library: The image sets of this machine; not needed by labs without images.
        trained: Returns a run of the same owner by its id, to start from; raises
            DataUnavailableError if there is none, or it has no weights yet.
        weights_dir: Folder of downloaded weights; None to download none.
    """

    device: str
    uploads_dir: Path
    live: dict[str, Any] = field(default_factory=dict)
    resume: Checkpoint | None = None
    attentive: bool = True
    library: ImageLibrary | None = None
    trained: Callable[[str], Trained] = _no_runs
    weights_dir: Path | None = None

    @property
    def images(self) -> ImageLibrary:
        """The image sets of this machine."""
        assert self.library is not None, "an image lab needs a context with a library"
        return self.library


def context_of(settings: Settings) -> Context:
    """Return the context of a deployment's runs, on the processor until a device is chosen."""
    library = ImageLibrary(settings.home, settings.data_dir)
    return Context("cpu", settings.uploads_dir, library=library, weights_dir=settings.weights_dir)


TrainFunction = Callable[[Any, Context], Iterator[Event]]


@dataclass(frozen=True, slots=True)
class Experiment:
    """One lab.

    Args:
        name: In the registry, the command line and the store.
        title: For a person.
        summary: One sentence on what is learned here.
        config_class: Its hyperparameters.
        tasks: What can be run, by name, as "module:function" of a generator; "train" is the lab.
        presets: Named configurations, the first of them the lab as printed.
        check: A function of config and context, as "module:function" without torch, that
            raises what would make the run fail at once; "" for none.
        complete: A function of values and context, as `check`, that returns the values with those
            that follow from others: what is stored is what was run. "" for none.
        slot_share: Worker slots that one run needs: part of one (small networks paced for the eye
            leave a core mostly idle), or several, whose cores it then has to itself.
        light_tasks: Tasks that are over in a second, and need part of a slot.
        is_instant: A change of the form is answered by a run at once, so its runs come and go.
        needs_run: Tasks that ask the network of another run, whose checkpoint they go on from.
        train_many: As the task "train", for the many runs of a sweep, by compiled code: it yields
            the same events, with a `Step` several times a second and not after every update.
        many_if: A function of a config's values, as `check`, that says whether `train_many` takes
            them.
    """

    name: str
    title: str
    summary: str
    config_class: type[ExperimentConfig]
    tasks: Mapping[str, str]
    presets: tuple[Preset, ...] = ()
    check: str = ""
    complete: str = ""
    slot_share: float = 1.0
    light_tasks: tuple[str, ...] = ()
    is_instant: bool = False
    needs_run: tuple[str, ...] = ()
    train_many: str = ""
    many_if: str = ""

    def takes_many(self, values: Mapping[str, Any]) -> bool:
        """Whether `train_many` takes a run of these values, a whole config's."""
        return bool(self.train_many) and bool(_load(self.many_if)(values))

    def load_many(self) -> TrainFunction:
        """Import the generator function that trains runs of a sweep; this compiles."""
        loaded: TrainFunction = _load(self.train_many)
        return loaded

    def share_of(self, task: str) -> float:
        """Return the worker slots that a task needs."""
        return LIGHT_SHARE if task in self.light_tasks else self.slot_share

    def load_task(self, task: str) -> TrainFunction:
        """Import the generator function of a task; this may import torch.

        Raises:
            UnknownExperimentError: If the experiment has no such task.
        """
        if task not in self.tasks:
            names = ", ".join(self.tasks)
            raise UnknownExperimentError(f"{self.name} has no task '{task}'. It has: {names}.")
        loaded: TrainFunction = _load(self.tasks[task])
        return loaded

    def check_config(self, config: ExperimentConfig, context: Context) -> None:
        """Raise what would make a run of this config fail before its first step.

        Raises:
            RdfiaError: For example if a data file is missing.
        """
        if self.check:
            _load(self.check)(config, context)

    def completed(self, values: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
        """Return values with those that follow from others.

        Raises:
            RdfiaError: For example if the run to start from is gone.
        """
        found: Mapping[str, Any] = values
        if self.complete:
            found = _load(self.complete)(values, context)
        return found

    def preset(self, name: str) -> Preset:
        """Return a preset by name.

        Raises:
            UnknownExperimentError: If there is none of that name.
        """
        for preset in self.presets:
            if preset.name == name:
                return preset
        names = ", ".join(preset.name for preset in self.presets)
        raise UnknownExperimentError(f"{self.name} has no preset '{name}'. It has: {names}.")


def _load(address: str) -> Any:
    module, name = address.split(":")
    return getattr(importlib.import_module(module), name)


@cache
def experiments() -> Mapping[str, Experiment]:
    """Return all experiments by name, in alphabetical order."""
    found: dict[str, Experiment] = {}
    for module_info in sorted(pkgutil.iter_modules(__path__), key=lambda item: item.name):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        experiment: Experiment = module.EXPERIMENT
        found[experiment.name] = experiment
    return found


def experiment_named(name: str) -> Experiment:
    """Return one experiment.

    Raises:
        UnknownExperimentError: If there is none of that name.
    """
    if name not in experiments():
        names = ", ".join(experiments())
        raise UnknownExperimentError(f"There is no experiment '{name[:40]}'. There are: {names}.")
    return experiments()[name]
