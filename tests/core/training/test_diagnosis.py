import json
import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from rdfia_core.data.points import make_points
from rdfia_core.models.init import init_weights
from rdfia_core.models.stages import StageSpec, build_stage
from rdfia_core.seeding import numpy_rng, torch_rng
from rdfia_core.training.diagnosis import Diagnosis


def diagnosis(**changes):
    values = {
        "learning_rate": 0.03,
        "init": "normal",
        "num_classes": 2,
        "majority_share": 0.5,
        "activation": "tanh",
        "weight_decay": 0.0,
        "num_points": 400,
    }
    return Diagnosis(**(values | changes))


def watch(watcher, rows):
    """Feed one row of scalars an epoch; return every note."""
    return [
        note
        for epoch, row in enumerate(rows)
        for note in watcher.observe(step=20 * epoch, epoch=float(epoch), scalars=row)
    ]


def flat(loss=0.7, accuracy=0.5, epochs=40):
    return [{"train_loss": loss, "train_accuracy": accuracy}] * epochs


def overfitted(split="val", rise=0.12, rise_at=30, epochs=60, fall=0.01):
    """The training loss falls all the time; the other is lowest at `rise_at`, then jumps."""
    return [
        {
            "train_loss": math.exp(-fall * epoch),
            "train_accuracy": 0.9,
            f"{split}_loss": 0.5
            * (1 - 0.001 * min(epoch, rise_at))
            * (1 + rise * (epoch > rise_at)),
        }
        for epoch in range(epochs)
    ]


# --- diverged -------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_has_diverged(loss):
    (note,) = watch(diagnosis(learning_rate=0.3), [*flat(epochs=3), {"train_loss": loss}])

    assert (note.kind, note.step, note.epoch) == ("diverged", 60, 3.0)
    assert note.suggestion.changes == {"learning_rate": 0.03}
    assert note.evidence == {"learning_rate": 0.3}


def test_divergence_is_noted_once_and_ends_the_diagnosis():
    notes = watch(diagnosis(), [{"train_loss": math.nan}] * 3 + flat(epochs=60))

    assert [note.kind for note in notes] == ["diverged"]


def test_the_learning_rate_may_change_in_the_run():
    row = {"train_loss": math.nan, "learning_rate": 5.0}
    (note,) = watch(diagnosis(learning_rate=0.3), [row])

    assert note.suggestion.changes == {"learning_rate": 0.5}


# --- not learning ---------------------------------------------------------------------------


def test_no_progress_for_20_epochs_is_not_learning():
    (note,) = watch(diagnosis(), flat())

    assert (note.kind, note.epoch) == ("not_learning", 20.0)
    assert note.suggestion.changes == {"learning_rate": 0.3}
    assert note.evidence == {
        "first_loss": 0.7,
        "loss": 0.7,
        "accuracy": 0.5,
        "majority_share": 0.5,
    }


@pytest.mark.parametrize("init", ["zeros", "constant"])
def test_equal_weights_are_to_be_replaced_by_random_ones(init):
    (note,) = watch(diagnosis(init=init), flat())

    assert note.suggestion.changes == {"init": "normal"}


def test_a_linear_network_needs_an_activation():
    (note,) = watch(diagnosis(activation="none"), flat())

    assert note.suggestion.changes == {"hidden_layers": "10", "activation": "tanh"}


def test_a_deep_sigmoid_network_is_sent_to_tanh():
    (note,) = watch(diagnosis(activation="sigmoid"), flat())

    assert note.suggestion.changes == {"activation": "tanh"}


def test_dead_units_explain_why_nothing_is_learnt():
    found = diagnosis(activation="relu", learning_rate=0.3)
    found.observe_units(100, 5.0, [units(10, 0.0)], "relu")
    (note,) = watch(found, flat())

    assert "stopped answering" in note.text
    assert note.suggestion.changes == {"learning_rate": 0.03}


def test_a_loss_above_its_start_asks_for_smaller_steps():
    (note,) = watch(diagnosis(learning_rate=0.3), flat(epochs=1) + flat(loss=0.9))

    assert note.suggestion.changes == {"learning_rate": 0.03}


def test_the_learning_rate_stays_within_its_bound():
    (note,) = watch(diagnosis(learning_rate=0.5, max_learning_rate=1.0), flat())
    (at_bound,) = watch(diagnosis(learning_rate=1.0, max_learning_rate=1.0), flat())

    assert note.suggestion.changes == {"learning_rate": 1.0}
    assert at_bound.suggestion is None


@pytest.mark.parametrize(
    "rows",
    [
        flat(epochs=20),
        flat(epochs=1) + flat(loss=0.68),
        flat(accuracy=0.56),
        [{"train_loss": 0.7}] * 40,
    ],
    ids=["too early", "the loss falls", "the accuracy is better", "the accuracy is unknown"],
)
def test_a_run_that_learns_or_has_just_begun_is_left_alone(rows):
    assert watch(diagnosis(), rows) == []


def test_the_accuracy_is_measured_against_the_most_frequent_class():
    rows = flat(accuracy=0.82)

    assert [n.kind for n in watch(diagnosis(majority_share=0.8), rows)] == ["not_learning"]


# --- overfitting ----------------------------------------------------------------------------


def test_overfitting_is_dated_to_the_lowest_validation_loss():
    (note,) = watch(diagnosis(), overfitted())

    assert (note.kind, note.epoch) == ("overfitting", 51.0)
    assert note.evidence["split"] == "val"
    assert note.evidence["lowest_epoch"] == 30.0
    assert note.evidence["lowest_loss"] == pytest.approx(0.485)
    assert note.evidence["loss"] == pytest.approx(0.5432)
    assert note.evidence["train_loss"] < note.evidence["train_loss_then"]
    assert "epoch 30" in note.text
    assert "validation loss" in note.text


def test_where_only_a_test_part_is_the_sentence_asks_for_validation():
    (note,) = watch(diagnosis(), overfitted(split="test"))

    assert note.evidence["split"] == "test"
    assert "validation split" in note.text


def test_the_validation_loss_goes_before_the_test_loss():
    rows = [row | {"val_loss": 0.5} for row in overfitted(split="test")]

    assert watch(diagnosis(), rows) == []


def test_the_remedies_of_overfitting_follow_each_other():
    def changes(**more):
        (note,) = watch(diagnosis(**more), overfitted())
        return note.suggestion.changes

    assert changes() == {"weight_decay": 0.01}
    assert changes(weight_decay=0.01) == {"num_points": 800}
    assert changes(weight_decay=0.01, num_points=1500) == {"num_points": 2000}
    assert changes(weight_decay=0.01, num_points=2000) == {"weight_decay": 0.1}


@pytest.mark.parametrize(
    "rows",
    [
        overfitted(rise=0.09),
        overfitted(rise_at=45),
        overfitted(fall=0.001),
        [*overfitted()[:45], overfitted(rise=0.05)[45], *overfitted()[46:]],
        [row | {"val_loss": row["val_loss"] * 1e-3} for row in overfitted()],
        [row | {"val_loss": math.nan} for row in overfitted()],
    ],
    ids=["too little", "too short", "training stands still", "not lasting", "tiny", "nan"],
)
def test_a_small_or_short_rise_is_not_overfitting(rows):
    assert watch(diagnosis(), rows) == []


# --- units ----------------------------------------------------------------------------------


def units(num_special, value, num_units=10, num_points=100, share=1.0):
    """Ordinary activations, but for some units, which answer `value` on a share of the points."""
    activations = np.full((num_points, num_units), 0.4)
    activations[: round(share * num_points), :num_special] = value
    return activations


@pytest.mark.parametrize(
    ("activation", "value"), [("tanh", -0.98), ("tanh", 0.98), ("sigmoid", 0.02), ("sigmoid", 0.98)]
)
def test_a_layer_with_most_units_saturated_is_noted(activation, value):
    layers = [units(0, 0), units(6, value)]
    (note,) = diagnosis().observe_units(100, 5.0, layers, activation)

    assert (note.kind, note.step, note.epoch) == ("saturated", 100, 5.0)
    assert note.evidence == {"layer": 2, "saturated": 6, "units": 10}
    assert note.suggestion.changes == {"learning_rate": 0.003}


@pytest.mark.parametrize(
    ("layer", "activation"),
    [
        (units(5, 0.98), "tanh"),
        (units(9, 0.96), "tanh"),
        (units(9, 0.98, share=0.9), "tanh"),
        (units(9, 0.96), "sigmoid"),
        (units(9, 0.04), "sigmoid"),
        (units(10, 5.0), "none"),
        (units(10, 5.0), "relu"),
    ],
)
def test_fewer_or_less_saturated_units_are_left_alone(layer, activation):
    assert diagnosis().observe_units(100, 5.0, [layer], activation) == []


def test_saturation_before_the_first_step_is_the_fault_of_the_initial_weights():
    def changes(**more):
        (note,) = diagnosis(**more).observe_units(0, 0.0, [units(9, 1.0)], "tanh")
        return note.suggestion.changes

    assert changes() == {"init": "xavier"}
    assert changes(init="xavier") == {"activation": "relu"}


def test_relu_units_that_never_answer_are_dead():
    layers = [units(4, 0.0), units(1, 0.0), units(0, 0.0)]
    (note,) = diagnosis(activation="relu").observe_units(100, 5.0, layers, "relu")

    assert note.kind == "dead_relu"
    assert note.evidence == {"dead": [4, 1, 0], "units": 30}
    assert note.suggestion.changes == {"learning_rate": 0.003}
    assert note.text.startswith("5 of the 30 ReLU units")


def test_a_few_dead_units_are_usual():
    layers = [units(3, 0.0), units(3, 0.0)]
    assert diagnosis(activation="relu").observe_units(100, 5.0, layers, "relu") == []


def test_a_relu_unit_that_answers_one_point_is_alive():
    assert diagnosis().observe_units(100, 5.0, [units(5, 0.0, share=0.99)], "relu") == []


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_units_without_points_say_nothing(activation):
    assert diagnosis().observe_units(0, 0.0, [np.zeros((0, 10))], activation) == []
    assert diagnosis().observe_units(0, 0.0, [], activation) == []


def test_each_kind_is_noted_once():
    watcher = diagnosis()
    first = watcher.observe_units(100, 5.0, [units(9, 1.0)], "tanh")
    second = watcher.observe_units(120, 6.0, [units(9, 1.0)], "tanh")

    assert len(first) == 1
    assert second == []
    assert len(watch(watcher, flat(epochs=60))) == 1


@pytest.mark.parametrize("rows", [flat(), overfitted()], ids=["not learning", "overfitted"])
@pytest.mark.parametrize("epoch_of_break", [0, 10, 45, 55])
def test_a_resumed_diagnosis_goes_on_where_it_was(rows, epoch_of_break):
    def observe(watcher, epochs):
        return [n for e in epochs if e < len(rows) for n in watcher.observe(e, float(e), rows[e])]

    first, second = diagnosis(), diagnosis()
    notes = observe(first, range(epoch_of_break))
    second.load_state(json.loads(json.dumps(first.state())))
    notes += observe(second, range(epoch_of_break, 60))

    assert notes == observe(diagnosis(), range(60))
    assert len(notes) == 1


# --- real runs ------------------------------------------------------------------------------


def train(spec, learning_rate, seed, epochs=150, init="normal", num_points=400):
    """Train the lab's network on circles with a diagnosis looking on each epoch."""
    points = make_points(
        "circles",
        num_points=num_points,
        noise=0.2,
        class_balance=1,
        num_classes=2,
        val_fraction=0,
        test_fraction=0.5,
        seed=seed,
    )
    data = {
        split: (torch.tensor(x).float(), torch.tensor(y))
        for split, x, y in (
            ("train", points.x_train, points.y_train),
            ("test", points.x_test, points.y_test),
        )
    }
    weights = init_weights(
        [2, 10, 2], init, spec.activation, torch_rng(seed, "init"), torch.float32
    )
    stage, order = build_stage("manual", weights, spec), numpy_rng(seed, "order")
    watcher = diagnosis(learning_rate=learning_rate, init=init, activation=spec.activation)
    notes = []
    for epoch in range(epochs):
        scalars = {}
        for split, (x, y) in data.items():
            logits = stage.logits(x)
            scalars[f"{split}_loss"] = F.cross_entropy(logits, y).item()
            scalars[f"{split}_accuracy"] = (logits.argmax(1) == y).float().mean().item()
        x, y = data["train"]
        hidden = [h.numpy() for h in stage.activations(x)[:-1]]
        notes += watcher.observe(20 * epoch, float(epoch), scalars)
        notes += watcher.observe_units(20 * epoch, float(epoch), hidden, spec.activation)
        for rows in torch.tensor(order.permutation(len(x))).split(10):
            stage.step(x[rows], y[rows], learning_rate)
    return [note.kind for note in notes]


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("seed", range(5))
def test_the_labs_own_settings_raise_no_false_alarm(seed):
    assert train(StageSpec(reduction="sum"), 0.03, seed) == []


def test_a_huge_learning_rate_is_seen_to_diverge_or_saturate():
    kinds = train(StageSpec(reduction="sum", activation="relu"), 1e4, seed=0, epochs=25)

    assert "dead_relu" in kinds or "diverged" in kinds


def test_zero_weights_are_seen_not_to_learn():
    assert train(StageSpec(), 0.03, seed=0, epochs=25, init="zeros") == ["not_learning"]


def test_a_tiny_learning_rate_is_seen_not_to_learn():
    assert train(StageSpec(), 1e-5, seed=0, epochs=25) == ["not_learning"]


def test_too_few_points_are_seen_to_be_overfitted():
    kinds = train(StageSpec(reduction="sum"), 0.1, seed=0, epochs=300, num_points=40)

    assert "overfitting" in kinds
