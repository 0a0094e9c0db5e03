"""The page that a watch-only link opens."""

import inspect

import pytest

from app import run_panel, sharing, watching
from app.identity import owner_of
from rdfia_core.experiments import experiment_named
from rdfia_core.store import RunState, RunStore
from rdfia_core.store.share_store import DEAD_LINK, WATCH, ShareStore
from tests.pages.conftest import ADA, OpenPage


def bobs_run(store: RunStore, **values: object) -> str:
    config = experiment_named("circle_mlp").config_class.build(values)
    return store.add_run("circle_mlp", config.model_dump(), owner="bob", state=RunState.RUNNING)


def share(store: RunStore, *runs: str) -> str:
    return ShareStore(store).create("bob", WATCH, {"runs": list(runs), "view": "live"})


def test_without_a_link_the_page_says_what_it_is_for(open_page: OpenPage) -> None:
    test = open_page("watch")
    assert not test.error
    assert "Open it by the link" in test.info[0].value


def test_a_dead_link_is_one_sentence(open_page: OpenPage, store: RunStore) -> None:
    run_id = bobs_run(store)
    revoked = share(store, run_id)
    ShareStore(store).revoke(revoked, "bob")
    gone = share(store, "0" * 20)
    for share_id in (revoked, gone, "garbled", revoked[:-1]):
        test = open_page("watch", share=share_id)
        assert not test.exception
        assert [error.value for error in test.error] == [DEAD_LINK]
        assert not test.button


def test_a_watcher_sees_the_settings_and_has_one_button(
    open_page: OpenPage, store: RunStore
) -> None:
    test = open_page("watch", share=share(store, bobs_run(store, learning_rate=0.07)))
    assert not test.exception
    assert not test.error
    assert r"| Learning rate | 0\.07 |" in "\n".join(text.value for text in test.markdown)
    assert [button.label for button in test.button] == ["Open these settings in the lab"]


def test_settings_are_copied_and_the_run_is_left_alone(
    open_page: OpenPage, store: RunStore
) -> None:
    run_id = bobs_run(store, learning_rate=0.07, seed=9)
    before = store.run(run_id)
    test = open_page("watch", share=share(store, run_id))
    test.button(key="watch/open").click().run()
    assert test.title[0].value == "Circle MLP"
    assert test.number_input(key="circle_mlp.seed").value == 9
    assert test.select_slider(key="circle_mlp.learning_rate").value == 0.07
    assert store.run(run_id) == before


def test_a_comparison_says_what_differs(open_page: OpenPage, store: RunStore) -> None:
    runs = [bobs_run(store, learning_rate=rate) for rate in (0.01, 0.3)]
    test = open_page("watch", share=share(store, *runs))
    assert not test.exception
    tables = "\n".join(text.value for text in test.markdown)
    assert r"| Learning rate | 0\.01 | 0\.3 |" in tables
    assert test.segmented_control(key="watch/run").options == [
        r"Learning rate 0\.01",
        r"Learning rate 0\.3",
    ]


FORGED = [*run_panel._COMMANDS]


@pytest.mark.parametrize("kind", [kind for kind in FORGED if kind != "route"])
def test_a_forged_command_of_a_watcher_does_nothing(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    run_id = bobs_run(store)
    before = store.run(run_id)
    command = {"type": kind, "count": 3, "value": 0.2, "changes": {"learning_rate": 1.0}}
    watching.note_routes(command)
    assert store.run(run_id) == before
    assert len(store.runs()) == 1


def test_the_page_of_a_watcher_cannot_even_name_a_way_to_act() -> None:
    text = inspect.getsource(watching)
    for word in (
        "submit",
        "change_live",
        ".command(",
        "request_steps",
        "update_run",
        "draw_export",
    ):
        assert word not in text


def test_an_owner_makes_and_revokes_a_link_beside_the_run(
    open_page: OpenPage, store: RunStore
) -> None:
    config = experiment_named("circle_mlp").config_class.build({})
    mine = store.add_run("circle_mlp", config.model_dump(), owner=owner_of(ADA))
    test = open_page("circle_mlp", run=mine)
    test.button(key="circle_mlp/share/make").click().run()
    (made,) = ShareStore(store).of_owner(owner_of(ADA), WATCH)
    assert made.content == {"runs": [mine], "view": "live"}
    assert any(f"watch?share={made.id}" in code.value for code in test.code)
    test.button(key=f"circle_mlp/share/revoke/{made.id}").click().run()
    assert ShareStore(store).of_owner(owner_of(ADA), WATCH) == []
    assert not any("watch?share=" in code.value for code in test.code)


def test_only_ones_own_runs_are_offered_for_a_comparison(
    open_page: OpenPage, store: RunStore
) -> None:
    config = experiment_named("circle_mlp").config_class.build({}).model_dump()
    mine, other = (
        store.add_run("circle_mlp", config, owner=owner_of(ADA), name=name) for name in ("a", "b")
    )
    bobs_run(store)
    assert sharing._other_runs(store.run(mine)) == {other: "b"}
