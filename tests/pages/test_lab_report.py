"""The lab report page without a browser: choosing, writing, making, and losing nothing."""

import errno

import pytest
from streamlit.testing.v1 import AppTest

from app import resources
from app.identity import owner_of
from pages.parts.lab_report.writing import reportable_runs
from rdfia_core.jobs.execution import Execution
from rdfia_core.jobs.report_draft import load_draft
from rdfia_core.jobs.submission import submit
from rdfia_core.store import RunRecord, RunState, RunStore
from tests.pages.conftest import ADA, OpenPage

SMALL = {"epochs": 2, "num_points": 60, "device": "cpu"}


def executed(store: RunStore, cookie: str = ADA) -> RunRecord:
    settings = resources.settings()
    run_id = submit(
        store, settings, "circle_mlp", SMALL, owner=owner_of(cookie), state=RunState.STARTING
    )
    Execution(store, store.run(run_id), settings).run()
    return store.run(run_id)


def written(test: AppTest, run: RunRecord) -> AppTest:
    test.multiselect(key="lab_report/runs").select(run.id).run()
    test.text_area(key="lab_report/notes").input("We found *it*.").run()
    test.text_area(key=f"lab_report/notes/{run.id}").input("Too few epochs.").run()
    return test


def test_a_newcomer_is_told_what_to_do_first(open_page: OpenPage) -> None:
    test = open_page("lab_report")
    assert "Train something in one of the labs" in test.info[0].value


def test_words_survive_a_change_of_page_and_a_new_tab(open_page: OpenPage, store: RunStore) -> None:
    run = executed(store)
    test = written(open_page("lab_report"), run)
    assert not test.exception
    test.switch_page("../pages/home.py").run()
    test.switch_page("../pages/lab_report.py").run()
    for tab in (test, open_page("lab_report")):
        assert tab.multiselect(key="lab_report/runs").value == [run.id]
        assert tab.text_area(key="lab_report/notes").value == "We found *it*."
        assert tab.text_area(key=f"lab_report/notes/{run.id}").value == "Too few epochs."


def test_words_on_a_run_that_is_left_out_come_back_with_it(
    open_page: OpenPage, store: RunStore
) -> None:
    run = executed(store)
    test = written(open_page("lab_report"), run)
    test.multiselect(key="lab_report/runs").unselect(run.id).run()
    assert "Your words are kept" in test.info[0].value
    test.multiselect(key="lab_report/runs").select(run.id).run()
    assert test.text_area(key=f"lab_report/notes/{run.id}").value == "Too few epochs."


def test_the_report_is_made_shown_and_offered(open_page: OpenPage, store: RunStore) -> None:
    run = executed(store)
    test = written(open_page("lab_report"), run)
    assert test.get("download_button") == []
    test.toggle(key="lab_report/made").set_value(True).run(timeout=120)
    assert not test.exception
    (button,) = test.get("download_button")
    assert button.proto.label == "Download the report"
    shown = test.get("iframe")[0].proto.srcdoc
    for piece in (run.id, "We found <em>it</em>.", "Too few epochs.", "<svg", "default-src 'none'"):
        assert piece in shown


def test_only_ones_own_trained_runs_are_listed(store: RunStore) -> None:
    mine, other = executed(store), executed(store, "b" * 43)
    deleted = executed(store)
    store.update_run(deleted.id, deleted=1.0)
    waiting = submit(store, resources.settings(), "circle_mlp", SMALL, owner=owner_of(ADA))
    listed = reportable_runs(owner_of(ADA))
    assert list(listed) == [mine.id]
    assert not {other.id, waiting} & set(listed)


def test_a_full_disk_is_said_and_the_words_stay_on_the_page(
    open_page: OpenPage, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = executed(store)
    test = written(open_page("lab_report"), run)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    test.text_area(key="lab_report/notes").input("More words.").run()
    assert "No space left on device" in test.error[0].value
    assert test.text_area(key="lab_report/notes").value == "More words."
    kept = load_draft(resources.settings(), owner_of(ADA))
    assert kept.words.notes == "We found *it*."
