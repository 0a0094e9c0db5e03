"""The report page without a browser: claims, entries, filters, and the way into a lab."""

import pytest
from streamlit.testing.v1 import AppTest

from app.resources import settings
from pages.parts.report import found
from rdfia_core.reproduction.catalogue import ENTRIES, entries_named
from rdfia_core.reproduction.kept import KeptMeasurements
from rdfia_core.reproduction.measured import Made, Measured
from rdfia_core.store import RunStore
from tests.pages.conftest import OpenPage

(NORM,) = entries_named(["batch_norm"])


@pytest.fixture(autouse=True)
def nothing_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found, "shipped_measurements", lambda: ())
    found._read.clear()


def keep(with_it: float, seeds: int = 3) -> None:
    """Keep measurements of batch norm: 50 % without, and so much with it."""
    made = Made("cpu (x86_64)", "2.0", "2026-01-02")
    means = {"without": 0.5, "with": with_it}
    for plan in NORM.planned("quick", seeds):
        accuracy = means[plan.arm.name] + 0.01 * (plan.seed % 2)
        metrics = {"test_accuracy": accuracy}
        run = Measured(plan.asked, plan.config, metrics, {}, "completed", 2.0, made)
        KeptMeasurements(settings().home).keep(run)


def words(test: AppTest) -> str:
    return "\n".join(each.value for each in [*test.markdown, *test.caption, *test.subheader])


def test_without_measurements_everything_is_shown_as_not_measured(open_page: OpenPage) -> None:
    test = open_page("report")
    assert not test.exception
    assert "Not measured] **12**" in words(test) or "Not measured] **13**" in words(test)
    assert len(test.subheader) == len(ENTRIES)
    assert "python -m rdfia_core reproduce batch_norm" in words(test)


@pytest.mark.parametrize(("with_it", "verdict"), [(0.7, "The report is wrong"), (0.3, "Agrees")])
def test_this_servers_measurements_decide(
    open_page: OpenPage, store: RunStore, with_it: float, verdict: str
) -> None:
    keep(with_it)
    text = words(open_page("report"))
    assert "[Batch norm hurts](#entry-batch-norm) | :" in text
    row = next(line for line in text.splitlines() if "[Batch norm hurts](" in line)
    assert verdict in row
    assert "6 of 6 runs were measured on this server" in text
    assert "**Quick run**, a subset: 1,000 training images" in text
    assert "cpu (x86_64), torch 2.0, 2026-01-02" in text


def test_printed_stands_beside_measured(open_page: OpenPage, store: RunStore) -> None:
    keep(0.7)
    text = words(open_page("report"))
    assert "| With batch norm | 78.5 % | 3 | 70.3 ± 0.6 % |" in text


def test_a_new_measurement_is_seen_at_the_next_visit(open_page: OpenPage, store: RunStore) -> None:
    keep(0.7, seeds=1)
    assert "2 of 2 runs" in words(open_page("report"))
    keep(0.7, seeds=3)
    assert "6 of 6 runs" in words(open_page("report"))


def test_parts_and_verdicts_filter_the_experiments(open_page: OpenPage, store: RunStore) -> None:
    keep(0.7)
    test = open_page("report")
    test.button_group(key="verdict").set_value("the report is wrong").run()
    assert [each.value for each in test.subheader] == ["Batch norm"]
    test.button_group(key="part").set_value("Transformers").run()
    assert not test.subheader
    assert any("No experiment has this verdict" in info.value for info in test.info)
    test.button_group(key="verdict").set_value("All").run()
    assert len(test.subheader) == sum(entry.part == 3 for entry in ENTRIES)


def test_try_it_opens_the_lab_with_the_settings(open_page: OpenPage, store: RunStore) -> None:
    test = open_page("report")
    test.button(key="report/sum_or_mean/try/mean_fast").click().run()
    assert not test.exception
    assert test.title[0].value == "Circle MLP"
    assert test.query_params["learning_rate"] == "0.3"
    assert test.query_params["reduction"] == "mean"
