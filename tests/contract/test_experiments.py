"""What every experiment owes: found by looking, so a new one is tested the day it comes."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rdfia_core.config import ExperimentConfig, FieldSpec, field_specs
from rdfia_core.data.images.library import ImageLibrary
from rdfia_core.errors import ConfigError
from rdfia_core.events import End, Event, Metrics, Note, Result, Started, Step
from rdfia_core.experiments import Context, Experiment, Trained, experiments
from rdfia_core.figures.packing import encode_frame

ALL = list(experiments().values())
MAX_EVENTS = 400
every_experiment = pytest.mark.parametrize("experiment", ALL, ids=lambda e: e.name)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> ImageLibrary:
    """The embedded sets, made once."""
    return ImageLibrary(tmp_path_factory.mktemp("home"), None)


@pytest.fixture
def context(tmp_path: Path, library: ImageLibrary) -> Context:
    """What a run is given: a folder of uploads that is empty, and the embedded images."""
    return Context("cpu", tmp_path, library=library)


def quick_config(experiment: Experiment, **values: Any) -> ExperimentConfig:
    """Two epochs on few data."""
    quick = {"num_train": 192, "num_val": 64, "architecture": "lenet5", "study_steps": 10}
    fields = experiment.config_class.model_fields
    values = {name: value for name, value in quick.items() if name in fields} | values
    return experiment.config_class.build({"epochs": 2, "device": "cpu", **values})


def begun(experiment: Experiment, context: Context, task: str, **values: Any) -> Iterator[Event]:
    config = quick_config(experiment, **values)
    live = {s.name: getattr(config, s.name) for s in field_specs(type(config)) if s.live}
    return experiment.load_task(task)(config, replace(context, live=live))


def quick_events(
    experiment: Experiment, context: Context, task: str = "train", **values: Any
) -> list[Event]:
    return list(begun(experiment, context, task, **values))


def bad_values(spec: FieldSpec) -> list[Any]:
    """Values that the declaration forbids."""
    bad: list[Any] = []
    if spec.kind == "choice":
        bad.append("no such choice")
    if spec.kind in ("integer", "number"):
        bad += ["a word", math.nan, math.inf]
        if spec.minimum is not None:
            bad.append(spec.minimum if spec.exclusive_minimum else spec.minimum - 1)
        if spec.maximum is not None:
            bad.append(spec.maximum + 1)
    if spec.kind == "switch":
        bad += ["maybe", 3]
    if spec.kind == "integer":
        bad.append(1.5)
    return bad


@every_experiment
def test_every_field_is_explained_in_two_sentences(experiment: Experiment) -> None:
    for spec in field_specs(experiment.config_class):
        sentences = [part for part in spec.help.replace("x1.", "x1").split(". ") if part]
        assert spec.label, spec.name
        assert spec.section, spec.name
        assert len(sentences) >= 2, f"{spec.name}: {spec.help}"
        assert "Try" in spec.help, f"{spec.name} should say what to try"


@every_experiment
def test_every_field_refuses_bad_values_and_is_named(experiment: Experiment) -> None:
    checked = 0
    for spec in field_specs(experiment.config_class):
        for value in bad_values(spec):
            with pytest.raises(ConfigError) as caught:
                experiment.config_class.build({spec.name: value})
            assert spec.name in str(caught.value)
            assert caught.value.field == spec.name
            checked += 1
    assert checked > 10


@every_experiment
def test_the_config_survives_json(experiment: Experiment) -> None:
    for values in [{}, *(preset.values for preset in experiment.presets)]:
        config = experiment.config_class.build(values)
        again = experiment.config_class.model_validate_json(config.model_dump_json())
        assert again == config


@every_experiment
def test_the_config_survives_the_address(experiment: Experiment) -> None:
    for preset in experiment.presets:
        config = experiment.config_class.build(preset.values)
        texts = {name: str(value) for name, value in config.changed().items()}
        assert experiment.config_class.build(texts) == config


@every_experiment
def test_the_config_cannot_be_changed(experiment: Experiment) -> None:
    config = experiment.config_class.build({})
    with pytest.raises(ValueError, match="frozen"):
        config.seed = 3  # type: ignore[misc]


@every_experiment
def test_presets_are_named_once_and_say_what_to_look_for(experiment: Experiment) -> None:
    names = [preset.name for preset in experiment.presets]
    assert len(set(names)) == len(names)
    for preset in experiment.presets:
        assert preset.lesson.endswith(".")
        assert experiment.config_class.build(preset.values).without_effect() == []


@every_experiment
def test_the_same_seed_gives_the_same_run(experiment: Experiment, context: Context) -> None:
    runs = [quick_events(experiment, context) for _ in range(2)]
    # Numbers of single batches are read by the clock, those of whole epochs are not.
    metrics = [
        {e.epoch: e.scalars for e in run if isinstance(e, Metrics) and e.epoch == int(e.epoch)}
        for run in runs
    ]
    assert metrics[0] == metrics[1]
    ends = [run[-1] for run in runs]
    assert isinstance(ends[0], End)
    assert isinstance(ends[1], End)
    for name, weights in ends[0].weights.items():
        np.testing.assert_array_equal(weights, ends[1].weights[name])


@every_experiment
def test_another_seed_gives_another_run(experiment: Experiment, context: Context) -> None:
    first, second = (quick_events(experiment, context, seed=seed)[-1] for seed in (0, 1))
    assert isinstance(first, End)
    assert isinstance(second, End)
    assert first.metrics != second.metrics


@every_experiment
def test_the_events_come_in_order(experiment: Experiment, context: Context) -> None:
    events = quick_events(experiment, context)
    assert isinstance(events[0], Started)
    assert [type(event) for event in events].count(End) == 1
    assert isinstance(events[-1], End)
    steps = [event.step for event in events if isinstance(event, (Step, Metrics, Note))]
    assert steps == sorted(steps)
    assert any(isinstance(event, Step) and event.step == 0 for event in events)


@every_experiment
def test_no_event_holds_a_tensor(experiment: Experiment, context: Context) -> None:
    for event in quick_events(experiment, context):
        held: list[Any] = []
        if isinstance(event, (Metrics, End)):
            scalars = event.scalars if isinstance(event, Metrics) else event.metrics
            held += [*scalars.values()]
        if isinstance(event, End):
            held += [*event.weights.values()]
        if isinstance(event, Result):
            held += [*event.data.values()]
        assert not any(isinstance(value, torch.Tensor) for value in held)


@every_experiment
def test_pictures_and_checkpoints_can_be_stored(experiment: Experiment, context: Context) -> None:
    events = begun(experiment, context, "train", epochs=1)
    pictures, checkpoints, steps = 0, 0, 0
    for event in islice(events, MAX_EVENTS):
        if isinstance(event, Step):
            steps += 1
            if event.snapshot is not None:
                pictures += 1
                assert len(encode_frame(event.step, event.epoch, event.snapshot())) < 300_000
            if event.checkpoint is not None:
                checkpoints += 1
                assert event.checkpoint().values["step"] == event.step
    assert steps > 1
    assert pictures > 0
    # What is solved in one step starts again; all else can be resumed from any step.
    assert checkpoints == (0 if steps == 2 else steps)


@every_experiment
def test_closing_early_leaves_nothing_behind(experiment: Experiment, context: Context) -> None:
    events = begun(experiment, context, "train")
    list(islice(events, 5))
    events.close()  # type: ignore[attr-defined]
    assert next(events, None) is None
    assert list(context.uploads_dir.iterdir()) == []


@every_experiment
def test_every_task_ends(experiment: Experiment, context: Context) -> None:
    for task in experiment.tasks:
        if task not in experiment.needs_run:
            assert isinstance(_events_of(experiment, context, task)[-1], End)


def _events_of(experiment: Experiment, context: Context, task: str) -> list[Event]:
    """Run a task; one that wants weights to start from says so, and gets a run's."""
    try:
        return quick_events(experiment, context, task)
    except ConfigError as error:
        if error.field != "init_from":
            raise
    end = quick_events(experiment, context)[-1]
    assert isinstance(end, End)
    config = quick_config(experiment).model_dump()
    source = Trained(experiment.name, config, lambda: end.weights)
    values = experiment.completed(
        {"init_from": "run:0123"}, replace(context, trained=lambda _: source)
    )
    return quick_events(experiment, replace(context, trained=lambda _: source), task, **values)


@every_experiment
def test_a_task_that_asks_a_trained_network_goes_on_from_its_checkpoint(
    experiment: Experiment, context: Context
) -> None:
    for task in experiment.needs_run:
        with pytest.raises(ConfigError, match="Start a run first"):
            quick_events(experiment, context, task)
        steps = [e for e in quick_events(experiment, context) if isinstance(e, Step)]
        last = steps[-1].checkpoint
        assert last is not None
        asking = replace(context, resume=last())
        assert isinstance(quick_events(experiment, asking, task)[-1], End)
