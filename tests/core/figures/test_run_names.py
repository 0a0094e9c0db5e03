"""What runs are called: no two alike, by what differs, and only where it has an effect."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rdfia_core.experiments import experiment_named
from rdfia_core.figures.run_names import (
    NamedRun,
    changed_words,
    config_difference,
    differing_fields,
    run_names,
)


def run(experiment: str = "circle_mlp", name: str = "", **values: Any) -> NamedRun:
    lab = experiment_named(experiment)
    config = lab.config_class.build(values).model_dump()
    return NamedRun(lab.title, lab.config_class, config, name)


def test_one_run_is_called_by_what_it_changed() -> None:
    assert run_names([run()]) == ["defaults"]
    assert run_names([run(seed=3)]) == ["Seed 3"]
    assert run_names([run(seed=3, learning_rate=0.1)]) == ["Learning rate 0.1, seed 3"]


def test_among_several_only_what_differs_is_named() -> None:
    names = run_names([run(seed=1, learning_rate=0.1), run(seed=1, learning_rate=0.3)])
    assert names == ["Learning rate 0.1", "Learning rate 0.3"]


def test_the_owners_name_comes_first() -> None:
    assert run_names([run(name="mine", seed=1), run(seed=2)]) == ["mine", "Seed 2"]


def test_runs_that_did_the_same_are_numbered() -> None:
    assert run_names([run(), run()]) == ["defaults (1)", "defaults (2)"]


def test_runs_of_several_labs_are_called_by_lab() -> None:
    names = run_names([run(seed=1), run(seed=2), run("vit")])
    assert names == ["Circle MLP: Seed 1", "Circle MLP: Seed 2", "Vision Transformer: defaults"]


def test_choices_are_said_in_the_words_of_the_form() -> None:
    assert run_names([run(dataset="moons"), run()])[0] == "Data set Moons"


def test_a_field_without_effect_is_no_difference() -> None:
    # The manual stage has no optimiser to choose.
    first, second = run(optimizer="adam"), run(optimizer="sgd")
    assert differing_fields([first, second]) == []
    assert changed_words(first) == "defaults"


def test_a_lab_that_is_no_longer_known_still_has_a_name() -> None:
    gone = NamedRun("old_lab", None, {"x": 1})
    assert run_names([gone]) == ["defaults"]
    assert config_difference([gone, run()]) == []


def test_the_table_has_a_row_for_each_difference() -> None:
    rows = config_difference([run(seed=1, learning_rate=0.1), run(seed=2, learning_rate=0.1)])
    assert rows == [("Seed", ["1", "2"])]


def test_a_field_that_one_run_lacks_is_marked() -> None:
    rows = dict(config_difference([run(), run("mnist_mlp", init="xavier"), run("cifar_cnn")]))
    assert "–" in rows["Hidden layers"]


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "seed": st.integers(0, 2),
        "learning_rate": st.sampled_from([0.03, 0.1]),
        "stage": st.sampled_from(["manual", "optim"]),
        "optimizer": st.sampled_from(["sgd", "adam"]),
    },
)


@settings(max_examples=50, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=6))
def test_no_two_runs_have_one_name(values: list[dict[str, Any]]) -> None:
    names = run_names([run(**each) for each in values])
    assert len(set(names)) == len(values)
    assert all(names)
