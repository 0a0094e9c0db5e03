"""Lists of runs: who is in them, what names are allowed, and deleting with a way back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdfia_core.errors import LimitError
from rdfia_core.store import RunState, RunStore
from rdfia_core.store.run_lists import (
    MAX_NAME,
    MAX_TAG,
    MAX_TAGS,
    UNDO_SECONDS,
    RunLists,
    RunQuery,
    checked_name,
    checked_tags,
)


class World:
    def __init__(self, store: RunStore) -> None:
        self.now = 1000.0
        self.store = store
        store._clock = lambda: self.now
        self.lists = RunLists(store, lambda: self.now)

    def add(self, experiment: str = "circle_mlp", owner: str = "ada", **more: Any) -> str:
        self.now += 1
        config = more.pop("config", {"seed": 0})
        return self.store.add_run(experiment, config, owner=owner, **more)

    def found(self, **query: Any) -> list[str]:
        return [run.id for run in self.lists.listed(RunQuery("ada", **query))]


@pytest.fixture
def world(store: RunStore) -> World:
    return World(store)


def test_a_list_holds_one_owners_runs_the_newest_first(world: World) -> None:
    first, second = world.add(), world.add()
    world.add(owner="bob")
    assert world.found() == [second, first]


def test_everybodys_runs_are_listed_without_an_owner(world: World) -> None:
    ids = {world.add(), world.add(owner="bob")}
    assert {run.id for run in world.lists.listed(RunQuery())} == ids


def test_pinned_runs_come_first(world: World) -> None:
    old, new = world.add(), world.add()
    world.lists.pin([old], True)
    assert world.found() == [old, new]
    world.lists.pin([old], False)
    assert world.found() == [new, old]


def test_a_list_can_be_narrowed(world: World) -> None:
    mlp = world.add(config={"seed": 3}, tags=["x"], name="My best")
    vit = world.add("vit", state=RunState.COMPLETED)
    assert world.found(experiment="vit") == [vit]
    assert world.found(states=(RunState.COMPLETED, RunState.FAILED)) == [vit]
    assert world.found(tag="x") == [mlp]
    assert world.found(text="BEST") == [mlp]
    assert world.found(text="seed=3 circle") == [mlp]
    assert world.found(text="seed=3 transformer") == []
    assert world.found(text=vit[:8]) == [vit]


def test_what_floods_a_list_is_left_out_until_asked_for(world: World) -> None:
    main = world.add()
    swept = world.add(sweep="s")
    check = world.add(task="check_gradients")
    instant = world.add("svm_kernels")
    swept_instant = world.add("svm_kernels", sweep="s")
    assert world.found() == [main]
    assert world.found(sweeps=True) == [swept_instant, swept, main]
    assert world.found(side=True) == [instant, check, main]


def test_tags_are_those_of_the_owner(world: World) -> None:
    world.add(tags=["b", "a"])
    world.add(tags=["a"])
    world.add(owner="bob", tags=["c"])
    assert world.lists.tags_of("ada") == ["a", "b"]


def test_a_deleted_run_leaves_the_lists_and_everything_else_alone(world: World) -> None:
    kept, gone = world.add(tags=["a"]), world.add(tags=["b"])
    before = world.store.run(kept)
    world.lists.delete([gone])
    assert world.found(sweeps=True, side=True) == [kept]
    assert [run.id for run in world.store.runs(owner="ada")] == [kept]
    assert world.lists.tags_of("ada") == ["a"]
    assert world.store.run(kept) == before


def test_an_owner_whose_runs_are_all_deleted_has_none(world: World) -> None:
    run_id = world.add()
    assert world.lists.has_any("ada")
    assert not world.lists.has_any("bob")
    world.lists.delete([run_id])
    assert not world.lists.has_any("ada")


def test_a_deleted_run_comes_back_as_it_was(world: World) -> None:
    run_id = world.add(tags=["a"], state=RunState.COMPLETED)
    before = world.store.run(run_id)
    world.lists.delete([run_id])
    world.lists.restore([run_id])
    assert world.store.run(run_id) == before


def test_deleting_stops_what_lives_and_nothing_else(world: World) -> None:
    live, over = world.add(), world.add(state=RunState.COMPLETED)
    other = world.add()
    world.lists.delete([live, over])
    assert [world.store.run(i).command for i in (live, over, other)] == ["stop", "run", "run"]


def test_deleting_twice_does_not_start_the_hour_anew(world: World) -> None:
    run_id = world.add()
    world.lists.delete([run_id])
    first = world.store.run(run_id).deleted
    world.now += 100
    world.lists.delete([run_id])
    assert world.store.run(run_id).deleted == first


def test_deleted_runs_can_be_had_back_for_an_hour(world: World) -> None:
    run_id = world.add()
    world.lists.delete([run_id])
    world.now += UNDO_SECONDS - 1
    assert [run.id for run in world.lists.deleted("ada")] == [run_id]
    assert world.lists.deleted("bob") == []
    assert world.lists.expired() == []
    world.now += 1
    assert world.lists.deleted("ada") == []
    assert world.lists.expired() == [run_id]


def test_a_name_stands_on_one_line(world: World) -> None:
    run_id = world.add()
    world.lists.rename(run_id, "  two\n lines ")
    assert world.store.run(run_id).name == "two lines"


def test_bad_names_and_tags_are_refused_and_change_nothing(world: World) -> None:
    run_id = world.add(name="old", tags=["old"])
    with pytest.raises(LimitError, match=r"80 characters\. Got 81"):
        world.lists.rename(run_id, "x" * 81)
    with pytest.raises(LimitError, match=r"24 characters\. Got 25"):
        world.lists.tag([run_id], ["x" * 25])
    with pytest.raises(LimitError, match=r"8 tags\. Got 9"):
        world.lists.tag([run_id], [str(k) for k in range(9)])
    run = world.store.run(run_id)
    assert (run.name, run.tags) == ("old", ["old"])


@given(st.lists(st.text()))
def test_whatever_is_typed_becomes_allowed_tags_or_a_sentence(words: list[str]) -> None:
    try:
        tags = checked_tags(words)
    except LimitError:
        assert len(words) > MAX_TAGS or any(len(word) > MAX_TAG for word in words)
        return
    assert len(set(tags)) == len(tags) <= MAX_TAGS
    assert all(0 < len(tag) <= MAX_TAG and "," not in tag for tag in tags)
    assert checked_tags(tags) == tags


@given(st.text(max_size=2 * MAX_NAME))
def test_whatever_is_typed_becomes_an_allowed_name_or_a_sentence(text: str) -> None:
    try:
        name = checked_name(text)
    except LimitError:
        assert len(" ".join(text.split())) > MAX_NAME
        return
    assert len(name) <= MAX_NAME
    assert checked_name(name) == name
