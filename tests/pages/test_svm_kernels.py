"""The SVM page without a browser: runs are executed on the spot."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from app import resources
from app.identity import owner_of
from rdfia_core.store import RunState, RunStore
from tests.pages.conftest import ADA, OpenPage

VIEWS = ["Map", "Four kernels", "C path", "C × gamma", "Beat the solver", "Kernel view"]


def metrics(test: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in test.metric}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("dataset", ["circles", "spirals3"])
def test_every_view_renders(open_page: OpenPage, worker: RunStore, view: str, dataset: str) -> None:
    test = open_page("svm_kernels", view=view, dataset=dataset)
    assert not test.exception
    needs_two_classes = view == "Beat the solver" and dataset == "spirals3"
    assert ["two classes" in error.value for error in test.error] == [True] * needs_two_classes


def test_the_numbers_follow_the_price(open_page: OpenPage, worker: RunStore) -> None:
    test = open_page("svm_kernels")
    before = metrics(test)
    assert before["Training accuracy"] == "97.0%"
    test.select_slider(key="svm_kernels.C").set_value(0.01).run()
    assert int(metrics(test)["Bounded vectors"]) > int(before["Bounded vectors"])


def test_a_replaced_run_is_forgotten(open_page: OpenPage, worker: RunStore) -> None:
    test = open_page("svm_kernels")
    for C in (0.01, 0.1, 10.0):
        test.select_slider(key="svm_kernels.C").set_value(C).run()
    test.run()
    (run,) = worker.runs()
    assert run.config["C"] == 10.0
    assert len(list(resources.settings().run_dir(run.id).parent.iterdir())) == 1


def test_the_same_question_is_not_solved_twice(open_page: OpenPage, worker: RunStore) -> None:
    test = open_page("svm_kernels")
    (first,) = worker.runs()
    test.run()
    (second,) = worker.runs()
    assert first.id == second.id


def test_a_run_that_was_deleted_is_solved_again(open_page: OpenPage, worker: RunStore) -> None:
    test = open_page("svm_kernels")
    (first,) = worker.runs()
    worker.delete_run(first.id)
    test.run()
    assert not test.exception
    assert metrics(test)["Training accuracy"] == "97.0%"


def test_warnings_stand_beside_the_map(open_page: OpenPage, worker: RunStore) -> None:
    test = open_page("svm_kernels", kernel="sigmoid")
    assert any("not positive definite" in warning.value for warning in test.warning)


def test_a_solver_that_takes_long_leaves_the_page_usable(
    open_page: OpenPage, store: RunStore
) -> None:
    test = open_page("svm_kernels")
    assert not test.exception
    (waiting,) = store.runs()
    assert waiting.state == RunState.QUEUED
    test.select_slider(key="svm_kernels.C").set_value(10.0).run()
    test.run()
    assert store.run(waiting.id).command == "stop"
    assert [run.config["C"] for run in store.runs() if run.command != "stop"] == [10.0]


def test_a_failed_fit_shows_its_sentence(open_page: OpenPage, store: RunStore) -> None:
    test = open_page("svm_kernels")
    (run,) = store.runs()
    store.change_state(run.id, [RunState.QUEUED], RunState.FAILED, sentence="It broke.")
    test.run()
    assert [error.value for error in test.error] == ["It broke."]


def test_a_sweep_is_drawn_and_kept_in_the_address(open_page: OpenPage, worker: RunStore) -> None:
    test = open_page("svm_kernels", view="C path", num_points="60")
    test.button(key="svm_kernels/sweep_C").click().run()
    assert not test.exception
    run = worker.run(test.query_params["sweep_C"])
    assert (run.task, run.state, run.owner) == ("sweep_C", RunState.COMPLETED, owner_of(ADA))
    test.select_slider(key="svm_kernels.gamma").set_value("10").run()
    assert any("other settings than those now in the form: Gamma" in c.value for c in test.caption)


def test_a_cancelled_sweep_keeps_its_cells(open_page: OpenPage, worker: RunStore) -> None:
    test = open_page("svm_kernels", view="C × gamma", num_points="60")
    test.button(key="svm_kernels/sweep_C_gamma").click().run()
    run_id = test.query_params["sweep_C_gamma"]
    worker.update_run(run_id, state=RunState.STOPPED, epoch=0.4)
    test.run()
    assert not test.exception
    assert any("Cancelled when 40% was done" in caption.value for caption in test.caption)


def test_the_solvers_answer_is_compared_with_mine(open_page: OpenPage, worker: RunStore) -> None:
    test = open_page("svm_kernels", view="Beat the solver", dataset="blobs", num_classes="2")
    mine = float(metrics(test)["Your objective"])
    best = float(metrics(test)["Solver's objective"])
    assert 0 < best < mine


def test_the_shared_address_holds_the_points_and_the_settings(
    open_page: OpenPage, worker: RunStore
) -> None:
    points = ";".join(f"{x / 10},{y / 10},{int(x > y)}" for x in range(4) for y in range(4))
    test = open_page("svm_kernels", dataset="points", points=points)
    test.select_slider(key="svm_kernels.C").set_value(0.1).run()
    (address,) = [block.value for block in test.code if "svm_kernels?" in block.value]
    query = dict(parse_qsl(urlsplit(address).query))
    other = open_page("svm_kernels", **query)
    assert other.session_state["svm_kernels/values"] == test.session_state["svm_kernels/values"]
    assert other.session_state["svm_kernels/values"]["C"] == 0.1
    assert metrics(other) == metrics(test)
