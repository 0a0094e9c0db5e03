import json
from itertools import product

import pytest
import torch

from rdfia_core.models import gradient_check
from rdfia_core.models.gradient_check import central_differences, check_gradients, relative_error
from rdfia_core.models.init import init_weights
from rdfia_core.models.stages import StageSpec
from rdfia_core.models.stages.manual import ManualStage
from rdfia_core.seeding import torch_rng

SIZES = [5, 4, 3]


def check(spec=None, sizes=SIZES, num_examples=7, dtype=torch.float64, **more):
    rng = torch_rng(0, "test")
    weights = init_weights(sizes, "normal", "tanh", rng, dtype)
    inputs = torch.randn(num_examples, sizes[0], generator=rng, dtype=torch.float64).to(dtype)
    targets = torch.randint(0, sizes[-1], (num_examples,), generator=rng)
    return check_gradients(weights, spec or StageSpec(), inputs, targets, **more)


@pytest.mark.parametrize(
    ("activation", "loss", "reduction", "sizes"),
    list(
        product(
            ("none", "tanh", "sigmoid", "relu"),
            ("cross_entropy", "mse"),
            ("mean", "sum"),
            ([5, 3], SIZES, [5, 4, 6, 3]),
        )
    ),
)
def test_the_three_gradients_agree(activation, loss, reduction, sizes):
    for row in check(StageSpec(activation, loss, reduction), sizes):
        assert row["max_error"] < 1e-4
        assert row["max_autograd_error"] < 1e-10


def test_every_entry_of_a_small_tensor_is_listed_once():
    table = check()

    assert [row["name"] for row in table] == ["W1", "b1", "W2", "b2"]
    assert [row["shape"] for row in table] == [[4, 5], [4], [3, 4], [3]]
    assert [row["num_checked"] for row in table] == [20, 4, 12, 3]
    assert [entry["index"] for entry in table[2]["entries"]] == [
        list(index) for index in product(range(3), range(4))
    ]


def test_the_errors_are_those_of_the_entries():
    for row in check():
        errors = [
            abs(e["manual"] - e["numeric"]) / max(abs(e["manual"]), abs(e["numeric"]), 1e-8)
            for e in row["entries"]
        ]
        assert [e["error"] for e in row["entries"]] == pytest.approx(errors)
        assert row["max_error"] == pytest.approx(max(errors))


def test_of_a_large_tensor_a_sample_is_checked_that_follows_the_seed():
    first, same, other = (check(sizes=[20, 10, 3], max_entries=16, seed=s)[0] for s in (0, 0, 1))

    assert first["num_checked"] == len(first["entries"]) == 16
    assert first == same
    assert [e["index"] for e in first["entries"]] != [e["index"] for e in other["entries"]]


def test_the_table_is_json():
    table = check()

    assert json.loads(json.dumps(table)) == table


def test_single_precision_weights_are_checked_in_double():
    assert max(row["max_error"] for row in check(dtype=torch.float32)) < 1e-4


def test_dropout_and_decay_play_no_part():
    assert check(StageSpec(dropout=0.5, weight_decay=1.0)) == check(StageSpec())


def test_weights_are_left_as_they_were():
    weights = init_weights(SIZES, "normal", "tanh", torch_rng(0, "w"), torch.float64)
    copies = [w.clone() for w in weights]
    check_gradients(weights, StageSpec(), torch.ones(2, 5).double(), torch.tensor([0, 1]))

    assert all(torch.equal(w, c) for w, c in zip(weights, copies, strict=True))


def test_a_wrong_formula_is_found(monkeypatch):
    right = ManualStage.gradient

    def wrong(self, inputs_BD, targets_B):
        gradients = right(self, inputs_BD, targets_B)
        gradients[0] = gradients[0] * 1.001
        return gradients

    monkeypatch.setattr(ManualStage, "gradient", wrong)
    table = check()

    assert table[0]["max_error"] == pytest.approx(1e-3, rel=0.01)
    assert table[0]["max_autograd_error"] == pytest.approx(1e-3, rel=0.01)
    assert table[2]["max_error"] < 1e-5


def test_an_error_outside_the_sample_is_found_by_autograd(monkeypatch):
    right = ManualStage.gradient

    def wrong(self, inputs_BD, targets_B):
        gradients = right(self, inputs_BD, targets_B)
        gradients[0][unchecked] += 1.0
        return gradients

    sample = [tuple(e["index"]) for e in check(max_entries=2)[0]["entries"]]
    unchecked = next(i for i in product(range(4), range(5)) if i not in sample)
    monkeypatch.setattr(ManualStage, "gradient", wrong)
    row = check(max_entries=2)[0]

    assert row["max_error"] < 1e-5
    assert row["max_autograd_error"] > 0.5


def test_central_differences_of_a_polynomial():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)
    slopes = central_differences(lambda: (x**2).sum().item(), x, [1, 2], 1e-6)

    torch.testing.assert_close(slopes, torch.tensor([4.0, 6.0]).double(), rtol=1e-8, atol=0)
    assert x.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_relative_error_of_two_zeros_is_zero():
    a, b = torch.tensor([0.0, 1.0, 1e-9]), torch.tensor([0.0, 2.0, 0.0])

    assert relative_error(a, b).tolist() == pytest.approx([0.0, 0.5, 0.1])
    assert gradient_check.SMALLEST == 1e-8
