"""Lessons as a teacher makes them and a student meets them."""

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app import controls, identity, run_panel
from app.identity import owner_of
from rdfia_core.experiments import experiment_named
from rdfia_core.figures.packing import decode_packet
from rdfia_core.store import FrameRecord, RunState, RunStore
from rdfia_core.store.lessons import Draft
from rdfia_core.store.metric_rows import MetricRows
from rdfia_core.store.share_store import DEAD_LINK
from tests.pages.conftest import ADA, OpenPage

VALUES = {"learning_rate": 0.1, "seed": 4, "dataset": "moons", "epochs": 20}
WORDS = {"title": "Too fast?", "task": "Raise the **rate**.", "explanation": "It overshoots."}


def make(store: RunStore, experiment: str = "circle_mlp", **more: Any) -> str:
    values = VALUES if experiment == "circle_mlp" else {}
    settings = {"values": values, "free": ["learning_rate"], "fixed": ["seed"]}
    return identity.lessons().create("teacher", Draft(experiment, **{**WORDS, **settings, **more}))


def keys(test: AppTest) -> set[str]:
    kinds = ("number_input", "select_slider", "slider", "selectbox", "toggle", "text_input")
    found = {str(node.key) for kind in kinds for node in test.get(kind)}
    return {key for key in found if key.startswith("circle_mlp.")}


def texts(test: AppTest) -> str:
    return "\n".join(node.value for node in [*test.markdown, *test.subheader])


def test_a_student_sees_the_task_the_free_and_the_fixed_settings(
    open_page: OpenPage, store: RunStore
) -> None:
    test = open_page("circle_mlp", lesson=make(store))
    assert not test.exception
    assert not test.error
    assert "Raise the **rate**." in texts(test)
    assert keys(test) == {"circle_mlp.learning_rate", "circle_mlp.seed/fixed/4"}
    assert test.select_slider(key="circle_mlp.learning_rate").value == 0.1
    locked = test.text_input(key="circle_mlp.seed/fixed/4")
    assert (locked.value, locked.disabled) == ("4", True)


@pytest.mark.parametrize("name", ["circle_mlp", "mnist_mlp", "svm_kernels", "cifar_cnn", "vit"])
def test_every_lab_can_be_a_lesson(open_page: OpenPage, store: RunStore, name: str) -> None:
    test = open_page(name, lesson=make(store, name, free=[]))
    assert not test.exception
    assert "Raise the **rate**." in texts(test)
    assert not [box for box in test.selectbox if str(box.key).startswith(f"{name}.")]


def test_the_address_moves_free_settings_alone(open_page: OpenPage, store: RunStore) -> None:
    test = open_page(
        "circle_mlp", lesson=make(store), seed="9", dataset="circles", learning_rate="0.3"
    )
    assert test.select_slider(key="circle_mlp.learning_rate").value == 0.3
    assert test.text_input(key="circle_mlp.seed/fixed/4").value == "4"
    values = test.session_state["circle_mlp/values"]
    assert (values["seed"], values["dataset"]) == (4, "moons")
    assert "seed" not in test.query_params


def test_a_free_setting_put_to_the_labs_default_stays_so_after_a_reload(
    open_page: OpenPage, store: RunStore
) -> None:
    lesson = make(store)
    test = open_page("circle_mlp", lesson=lesson)
    test.select_slider(key="circle_mlp.learning_rate").set_value(0.03).run()
    assert test.query_params["learning_rate"] == "0.03"
    again = open_page("circle_mlp", lesson=lesson, learning_rate="0.03")
    assert again.select_slider(key="circle_mlp.learning_rate").value == 0.03


def test_the_explanation_is_not_sent_before_it_is_asked_for(
    open_page: OpenPage, store: RunStore
) -> None:
    lesson = make(store)
    test = open_page("circle_mlp", lesson=lesson)
    assert "It overshoots." not in str(test)
    test.button(key=f"lesson/{lesson}/reveal").click().run()
    assert "It overshoots." in texts(test)
    assert not [b for b in test.button if b.key == f"lesson/{lesson}/reveal"]


def test_without_an_explanation_there_is_nothing_to_reveal(
    open_page: OpenPage, store: RunStore
) -> None:
    test = open_page("circle_mlp", lesson=make(store, explanation=""))
    assert not any("Reveal" in button.label for button in test.button)


def test_a_task_cannot_load_or_link(open_page: OpenPage, store: RunStore) -> None:
    test = open_page("circle_mlp", lesson=make(store, task="![x](http://evil/x.png)"))
    assert "](http" not in texts(test)


def test_a_revoked_lesson_leaves_the_bare_lab(open_page: OpenPage, store: RunStore) -> None:
    lesson = make(store)
    identity.lessons().revoke(lesson, "teacher")
    for share in (lesson, "garbled", make(store, "svm_kernels", free=[])):
        test = open_page("circle_mlp", lesson=share)
        assert [error.value for error in test.error] == [
            f"{DEAD_LINK} The lab is yours to use all the same."
        ]
        assert "circle_mlp.seed" in keys(test)


def test_a_lesson_takes_over_from_what_was_set_before(open_page: OpenPage, store: RunStore) -> None:
    test = open_page("circle_mlp", seed="7")
    test.query_params["lesson"] = make(store)
    test.run()
    assert test.text_input(key="circle_mlp.seed/fixed/4").value == "4"


COMMANDS = [
    {"type": "try", "changes": {"seed": 8}},
    {"type": "new_seed"},
    {"type": "live", "changes": {"batch_size": 5}},
    {"type": "points", "value": "0,0,0"},
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command["type"])
def test_a_command_cannot_change_what_is_fixed(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, command: dict[str, Any]
) -> None:
    experiment = experiment_named("circle_mlp")
    lesson = make(store)
    left: list[str] = []
    monkeypatch.setattr("app.address.st.query_params", {"lesson": lesson})
    monkeypatch.setattr(run_panel.state, "leave_message", lambda name, text: left.append(text))
    monkeypatch.setattr(run_panel, "keep_dispatcher", lambda: None)
    values = experiment.config_class.build(VALUES).model_dump()
    run_panel._obey(run_panel.Panel(controls.Form(experiment, values, None)), command)
    assert len(left) == 1
    assert "The lesson fixes" in left[0]
    assert store.runs() == []


def ended_run(store: RunStore) -> str:
    config = experiment_named("circle_mlp").config_class.build(VALUES).model_dump()
    run_id = store.add_run("circle_mlp", config, owner=owner_of(ADA))
    store.append(
        run_id,
        metrics=MetricRows(0, {"step": np.array([20.0]), "epoch": np.array([1.0])}),
        live_frame=FrameRecord(20, 1.0, b"picture"),
        progress={"state": RunState.COMPLETED, "step": 20, "epoch": 1.0},
    )
    return run_id


def test_a_teacher_makes_and_revokes_a_lesson_with_a_recorded_run(
    open_page: OpenPage, store: RunStore
) -> None:
    run_id = ended_run(store)
    test = open_page("lesson")
    test.text_input[0].input("Two moons")
    test.text_area[0].input("Look.")
    test.multiselect(key="lessons/circle_mlp/free").select("learning_rate")
    test.multiselect(key="lessons/circle_mlp/fixed").select("noise")
    test.selectbox(key="lessons/circle_mlp/recorded").select(run_id)
    next(b for b in test.button if b.label == "Make the lesson").click().run()
    assert not test.exception
    assert not test.error
    (lesson,) = identity.lessons().of_owner(owner_of(ADA))
    assert (lesson.draft.free, lesson.draft.fixed) == (["learning_rate"], ["noise"])
    assert lesson.draft.values["dataset"] == "moons"
    header, blobs = decode_packet(identity.lessons().recording(lesson.id))
    assert (header["run"]["id"], blobs) == (run_id, b"picture")
    assert any(f"circle_mlp?lesson={lesson.id}" in code.value for code in test.code)
    test.button(key=f"lessons/revoke/{lesson.id}").click().run()
    assert identity.lessons().of_owner(owner_of(ADA)) == []


def test_a_lesson_without_a_title_is_refused_and_nothing_typed_is_lost(
    open_page: OpenPage, store: RunStore
) -> None:
    test = open_page("lesson")
    test.text_area[0].input("Look.")
    next(b for b in test.button if b.label == "Make the lesson").click().run()
    assert "must have a title" in test.error[0].value
    assert test.text_area[0].value == "Look."
    assert identity.lessons().of_owner(owner_of(ADA)) == []
