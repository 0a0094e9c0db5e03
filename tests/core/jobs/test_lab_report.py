"""The lab report: whole, harmless, and standing alone."""

import errno
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

import rdfia_core
from rdfia_core.cli import app
from rdfia_core.errors import ConfigError, StoreError
from rdfia_core.figures.lab_report import marked_up
from rdfia_core.jobs.lab_report import Words, figures_here, lab_report
from rdfia_core.jobs.report_draft import ReportDraft, load_draft, save_draft
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunStore
from tests.core.jobs.export_runs import executed

ROOT = Path(__file__).resolve().parents[3]
ATTACK = '<script>alert(1)</script><img src=http://evil.example/x onerror="alert(2)">'
OWNER = "0" * 32


class Page(HTMLParser):
    """What a page loads, links to, and names."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "srcset", "data", "poster", "action"):
                self.loads.append(str(value))
            if name in ("href", "xlink:href"):
                (self.links if tag == "a" else self.loads).append(str(value))
            if name == "id":
                self.ids.append(str(value))
            if name.startswith("on"):
                self.handlers.append(name)


def report_of(store: RunStore, settings: Settings, runs: list[RunRecord], words: Words) -> str:
    return lab_report(store, runs, words, figures_here(store, settings, runs), now=0).decode()


def test_nothing_is_loaded_or_executed(store: RunStore, settings: Settings) -> None:
    run = executed(store, settings, "circle_mlp")
    store.update_run(run.id, name=ATTACK)
    words = Words(ATTACK, ATTACK, f"**{ATTACK}**\n\n- `{ATTACK}`", {run.id: ATTACK})
    text = report_of(store, settings, [store.run(run.id)], words)
    page = Page(text)
    assert not {"script", "link", "iframe", "object", "embed", "form", "img"} & set(page.tags)
    assert page.handlers == []
    assert all(load.startswith(("#", "data:image/")) for load in page.loads), page.loads
    assert all(link.startswith("#") for link in page.links)
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)
    assert "default-src 'none'" in text
    assert text.count("&lt;script&gt;alert(1)") >= 4


def test_every_entry_of_the_contents_leads_somewhere(store: RunStore, settings: Settings) -> None:
    runs = [executed(store, settings, lab) for lab in ("circle_mlp", "circle_mlp", "svm_kernels")]
    page = Page(report_of(store, settings, runs, Words(notes="x")))
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert len(page.links) == 3 + 3
    assert len(page.ids) == len(set(page.ids)), "figures must not use each other's parts"


def test_it_tells_what_was_measured_and_set(store: RunStore, settings: Settings) -> None:
    slow = executed(store, settings, "circle_mlp", learning_rate=0.001, seed=4)
    fast = executed(store, settings, "circle_mlp", learning_rate=0.1, seed=4)
    text = report_of(store, settings, [slow, fast], Words(author="Ada Lovelace"))
    assert "01 January 1970" in text
    assert "Ada Lovelace" in text
    row = re.search(r'<tr><th scope="row">Learning rate</th>(.*?)</tr>', text)
    assert row is not None
    assert re.findall(r"<td>(.*?)</td>", row[1]) == ["0.001", "0.1"]
    assert '<th scope="row">Batch size</th>' not in text, "what is alike is no difference"
    accuracy = f"{100 * fast.metrics['test_accuracy']:.2f} %"
    assert text.count(accuracy) >= 2
    columns = store.metrics(fast.id).columns
    best = int(columns["test_accuracy"].argmax())
    told = f"{100 * columns['test_accuracy'][best]:.2f} % in epoch {columns['epoch'][best]:g}"
    assert told in text
    for fact in ("<dt>Seed</dt><dd>4</dd>", "<dt>Device</dt><dd>cpu</dd>", "<dt>torch</dt>"):
        assert fact in text
    assert text.count("<svg") == 4


def test_a_missing_figure_is_explained_in_its_place(store: RunStore, settings: Settings) -> None:
    run_id = store.add_run("circle_mlp", {"seed": 0, "epochs": 3}, owner="ada")
    text = report_of(store, settings, [store.run(run_id)], Words())
    assert "has no picture yet" in text
    assert "has measured no loss" in text


def test_too_many_runs_and_too_many_words_are_refused(store: RunStore, settings: Settings) -> None:
    run = executed(store, settings, "circle_mlp")
    for runs in ([], [run] * 11):
        with pytest.raises(ConfigError, match=rf"holds 1 to 10 runs\. Got {len(runs)}"):
            lab_report(store, runs, Words(), {})
    with pytest.raises(ConfigError, match=r"20,000 characters\. Got 20,001"):
        lab_report(store, [run], Words(run_notes={run.id: "x" * 20_001}), {})


def test_words_are_marked_up() -> None:
    assert marked_up("# A\nb **c** *d* `e`\nf\n\n- g\n- h") == (
        "<h4>A</h4><p>b <strong>c</strong> <em>d</em> <code>e</code><br>f</p>\n"
        "<ul><li>g</li><li>h</li></ul>"
    )
    assert marked_up("[x](javascript:alert(1))") == "<p>[x](javascript:alert(1))</p>"


def test_a_draft_is_kept_and_a_damaged_one_is_an_empty_one(settings: Settings) -> None:
    draft = ReportDraft(("a", "b"), Words("T", "A", "n", {"a": "words"}))
    save_draft(settings, OWNER, draft)
    assert load_draft(settings, OWNER) == draft
    assert load_draft(settings, "1" * 32) == ReportDraft()
    (settings.home / "reports" / f"{OWNER}.json").write_text("[garbage")
    assert load_draft(settings, OWNER) == ReportDraft()


def test_a_full_disk_keeps_the_draft_before(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ReportDraft(words=Words(notes="before"))
    save_draft(settings, OWNER, before)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        save_draft(settings, OWNER, ReportDraft(words=Words(notes="after")))
    assert load_draft(settings, OWNER) == before


def test_the_command_line_writes_a_report(
    store: RunStore, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [executed(store, settings, "circle_mlp", seed=seed).id for seed in (0, 1)]
    monkeypatch.setenv("RDFIA_HOME", str(settings.home))
    (tmp_path / "notes.txt").write_text("What **we** found")
    target = tmp_path / "report.html"
    words = ["--title", "Lab 1", "--notes", str(tmp_path / "notes.txt")]
    result = CliRunner().invoke(app, ["export", *runs, "--report", str(target), *words])
    assert result.exit_code == 0, result.output
    text = target.read_text()
    assert "<h1>Lab 1</h1>" in text
    assert "<strong>we</strong>" in text
    assert all(run_id in text for run_id in runs)


def test_the_version_is_that_of_the_project() -> None:
    assert f'version = "{rdfia_core.__version__}"' in (ROOT / "pyproject.toml").read_text()
