"""The plan of a sweep: how words are read, what is refused, in which order cells come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdfia_core.errors import ConfigError, UnknownExperimentError
from rdfia_core.jobs.sweep_plan import SweepPlan, cell_key

WORDS = ["learning_rate=0.01,0.1", "batch_size=20,10,5", "seed=0..19", "epochs=100"]


def test_one_value_is_shared_and_several_are_an_axis() -> None:
    plan = SweepPlan.build("circle_mlp", WORDS)
    assert plan.base == {"epochs": 100}
    assert plan.axes == {
        "learning_rate": [0.01, 0.1],
        "batch_size": [20, 10, 5],
        "seed": list(range(20)),
    }
    assert plan.count == 120


def test_cells_come_with_the_last_axis_fastest_and_with_their_whole_config() -> None:
    plan = SweepPlan.build("circle_mlp", ["batch_size=20,10", "seed=3,1", "epochs=7"])
    cells = list(plan.cells())
    assert [cell for cell, _ in cells] == [
        {"batch_size": 20, "seed": 3},
        {"batch_size": 20, "seed": 1},
        {"batch_size": 10, "seed": 3},
        {"batch_size": 10, "seed": 1},
    ]
    assert cells[0][1]["epochs"] == 7
    assert cells[0][1]["hidden_layers"] == "10"


def test_alternatives_of_a_text_are_separated_by_a_bar() -> None:
    plan = SweepPlan.build("circle_mlp", ["hidden_layers=10,10|none| 8"])
    assert plan.axes == {"hidden_layers": ["10,10", "none", "8"]}


def test_a_comma_list_is_one_value_of_a_text() -> None:
    assert SweepPlan.build("circle_mlp", ["hidden_layers=10,20"]).base == {"hidden_layers": "10,20"}


def test_a_preset_stands_below_the_words() -> None:
    plan = SweepPlan.build("circle_mlp", ["learning_rate=1,2"], preset="nn")
    assert plan.base == {"stage": "nn", "reduction": "mean", "init": "pytorch", "epochs": 250}
    over = SweepPlan.build("circle_mlp", ["epochs=5,6"], preset="nn")
    assert over.axes == {"epochs": [5, 6]}
    assert "epochs" not in over.base


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["learning_rate=0.1,-1"], "In the cell learning_rate=-1: The 'learning_rate' parameter"),
        (["learning_rate=0.1,-1"], "greater than 0 and at most 100. Got '-1'"),
        (["learning_rat=1,2"], "Did you mean 'learning_rate'"),
        (["seed"], "field=value"),
        (["seed=1,2", "seed=3"], "named twice"),
        (["seed=1,2,1"], "seed=1 is named twice"),
        (["learning_rate=0.1,0.10"], "learning_rate=0.1 is named twice"),
        (["seed=1,,2"], "a value is missing"),
        (["learning_rate=0..3"], "a range like 0..9 stands for whole numbers only"),
        (["seed=9..0"], "from the smaller number to the larger"),
        (["seed=0..999999999"], "at most 2,000 runs. Got 1,000,000,000 values of seed"),
        (["seed=0..999", "epochs=1,2,3"], "Got 1000 × 3 = 3,000"),
        (["hidden_layers=10,999"], "Alternatives of hidden_layers are separated by |"),
        (["loss=mse,crossentropy"], "one of cross_entropy, mse"),
    ],
)
def test_what_is_refused_says_why(words: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError) as raised:
        SweepPlan.build("circle_mlp", words)
    assert sentence in str(raised.value)


def test_an_unknown_experiment_is_refused() -> None:
    with pytest.raises(UnknownExperimentError):
        SweepPlan.build("nonesuch", ["seed=1,2"])


@given(
    rates=st.lists(st.floats(1e-6, 100), min_size=1, max_size=4, unique=True),
    first=st.integers(0, 50),
    length=st.integers(1, 5),
)
def test_the_cells_are_the_product_and_each_has_a_key_of_its_own(
    rates: list[float], first: int, length: int
) -> None:
    words = ["learning_rate=" + ",".join(map(repr, rates)), f"seed={first}..{first + length}"]
    plan = SweepPlan.build("circle_mlp", words)
    cells = list(plan.cells())
    assert len(cells) == plan.count == len(rates) * (length + 1)
    assert len({cell_key(plan.axes, values) for _, values in cells}) == plan.count
    for cell, values in cells:
        assert cell.items() <= values.items()
    again = SweepPlan(plan.experiment, plan.base, plan.axes)
    assert list(again.cells()) == cells
