"""Every epoch sees every example once, whatever the batch size does meanwhile."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from rdfia_core.seeding import torch_rng
from rdfia_core.training.batches import BatchOrder


def epoch_rows(order: BatchOrder, sizes: list[int]) -> list[int]:
    order.begin_epoch()
    rows: list[int] = []
    turn = 0
    while not order.is_epoch_over:
        rows += order.order[order.next_batch(sizes[turn % len(sizes)])].tolist()
        turn += 1
    return rows


@given(st.integers(1, 60), st.lists(st.integers(0, 70), min_size=1, max_size=4))
def test_an_epoch_is_a_permutation(num_examples: int, sizes: list[int]) -> None:
    order = BatchOrder(num_examples, torch_rng(0, "order"))
    assert sorted(epoch_rows(order, sizes)) == list(range(num_examples))
    assert order.progress == 1.0


def test_epochs_differ_and_seeds_repeat() -> None:
    first, second = (BatchOrder(50, torch_rng(0, "order")) for _ in range(2))
    one = epoch_rows(first, [7])
    assert one == epoch_rows(second, [7])
    assert epoch_rows(first, [7]) != one


def test_zero_asks_for_the_whole_set() -> None:
    order = BatchOrder(9, torch_rng(0, "order"))
    order.begin_epoch()
    assert order.next_batch(0) == slice(0, 9)


def test_progress_is_fractional_inside_an_epoch() -> None:
    order = BatchOrder(8, torch_rng(0, "order"))
    assert order.progress == 0.0
    order.begin_epoch()
    order.next_batch(2)
    assert order.progress == 0.25


@given(st.integers(0, 6))
def test_a_restored_order_goes_on_with_the_same_batches(batches_before: int) -> None:
    order = BatchOrder(10, torch_rng(1, "order"))
    order.begin_epoch()
    for _ in range(batches_before):
        if order.is_epoch_over:
            order.begin_epoch()
        order.next_batch(3)
    restored = BatchOrder(10, torch.Generator())
    restored.load_state(order.state())
    for candidate in (order, restored):
        if candidate.is_epoch_over:
            candidate.begin_epoch()
    assert torch.equal(order.order, restored.order)
    assert order.next_batch(3) == restored.next_batch(3)
    assert order.progress == restored.progress
    assert epoch_rows(order, [3]) == epoch_rows(restored, [3])
