"""A lab report as one HTML file: nothing in it is fetched from elsewhere, and nothing is executed.

Whatever a student has written is escaped before it is marked up.
"""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# No script may run, and nothing may be loaded, whatever a text in the page holds.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
_CSS = Path(__file__).with_suffix(".css")
_SVG_ID = re.compile(r'(\bid="|url\(#|href="#)([^")]+)')
_LIST_ITEM = re.compile(r"[-*] ")


@dataclass(frozen=True)
class ReportRun:
    """One run as the report shows it; all texts are plain.

    Args:
        title: Lab, and what its owner calls the run.
        facts: Name and value of what is always told: id, state, seed, device, duration.
        numbers: Name, last and best value of each measured curve.
        settings: Every hyperparameter, by its name for a person.
        changed: Those that are not the lab's default.
        diagnoses: Sentences of the diagnosis, the earliest first.
        notes: What the student has written of this run.
        figures: Title and SVG file of each figure.
        missing: Why a figure is missing, one sentence each.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    numbers: Sequence[tuple[str, str, str]]
    settings: Mapping[str, str]
    changed: Mapping[str, str]
    diagnoses: Sequence[str] = ()
    notes: str = ""
    figures: Sequence[tuple[str, str]] = ()
    missing: Sequence[str] = ()


@dataclass(frozen=True)
class LabReport:
    """What a student hands in.

    Args:
        title: Of the report.
        author: The student, or "".
        date: In words.
        notes: On all runs together.
        runs: In the student's order.
        versions: Of the programs, by name.
    """

    title: str
    author: str
    date: str
    notes: str
    runs: Sequence[ReportRun]
    versions: Mapping[str, str] = field(default_factory=dict)


def report_html(report: LabReport) -> str:
    """Return the report as a page that stands alone."""
    runs = list(enumerate(report.runs, start=1))
    parts = [
        f"<h1>{_text(report.title)}</h1>",
        f'<p class="by">{_text(" · ".join(filter(None, [report.author, report.date])))}</p>',
        _contents(report),
    ]
    if report.notes.strip():
        parts.append(f'<section id="notes"><h2>Notes</h2>{marked_up(report.notes)}</section>')
    if len(runs) > 1:
        parts.append(_comparison(report.runs))
    parts += [_run(number, run) for number, run in runs]
    parts.append(_versions(report.versions))
    css = _CSS.read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{_text(report.title)}</title>\n<style>\n{css}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )


def marked_up(text: str) -> str:
    """Return a student's words as HTML: paragraphs, lists, headings, bold, italic, code.

    Everything is escaped first, so no other markup can come out of it; there are no links.
    """
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return "\n".join(_block(block.strip("\n")) for block in blocks if block.strip())


def _block(block: str) -> str:
    lines = [line.strip() for line in block.splitlines()]
    if all(_LIST_ITEM.match(line) for line in lines):
        items = "".join(f"<li>{_spans(line[2:])}</li>" for line in lines)
        return f"<ul>{items}</ul>"
    heading = re.fullmatch(r"#{1,4} (.+)", lines[0])
    if heading:
        rest = "\n".join(lines[1:])
        return f"<h4>{_spans(heading[1])}</h4>" + (_block(rest) if rest else "")
    return f"<p>{'<br>'.join(_spans(line) for line in lines)}</p>"


def _spans(line: str) -> str:
    marked = _text(line)
    for pattern, tag in (
        (r"`([^`]+)`", "code"),
        (r"\*\*([^*]+)\*\*", "strong"),
        (r"\*([^*]+)\*", "em"),
    ):
        marked = re.sub(pattern, rf"<{tag}>\1</{tag}>", marked)
    return marked


def _contents(report: LabReport) -> str:
    entries = [("notes", "Notes")] if report.notes.strip() else []
    if len(report.runs) > 1:
        entries.append(("comparison", "What differs"))
    entries += [(f"run-{k}", f"{k}. {run.title}") for k, run in enumerate(report.runs, start=1)]
    entries.append(("versions", "Versions"))
    items = "".join(f'<li><a href="#{to}">{_text(words)}</a></li>' for to, words in entries)
    return f'<nav aria-label="Contents"><ul>{items}</ul></nav>'


def _comparison(runs: Sequence[ReportRun]) -> str:
    names = list(dict.fromkeys(name for run in runs for name in run.settings))
    # What one lab alone can set is no difference between runs of two.
    values = {n: [run.settings[n] for run in runs if n in run.settings] for n in names}
    differing = [name for name in names if len(set(values[name])) > 1]
    measured = list(dict.fromkeys(name for run in runs for name, _, _ in run.numbers))
    header = ["", *(f"Run {number}" for number in range(1, len(runs) + 1))]
    rows = [[name, *(run.settings.get(name, "–") for run in runs)] for name in differing]
    for name in measured:
        lasts = [{n: last for n, last, _ in run.numbers}.get(name, "–") for run in runs]
        rows.append([f"{name}, last", *lasts])
    same = "" if differing else "<p>What these runs can all set is set alike.</p>"
    table = _table(header, rows)
    return f'<section id="comparison"><h2>What differs</h2>{same}{table}</section>'


def _run(number: int, run: ReportRun) -> str:
    parts = [f"<h2>{number}. {_text(run.title)}</h2>", _pairs(run.facts)]
    if run.notes.strip():
        parts.append(f'<div class="notes">{marked_up(run.notes)}</div>')
    for k, (title, svg) in enumerate(run.figures, start=1):
        parts.append(_figure(title, svg, f"r{number}f{k}"))
    parts += [f'<p class="missing">{_text(sentence)}</p>' for sentence in run.missing]
    if run.numbers:
        parts.append("<h3>Measured</h3>")
        parts.append(_table(["", "Last", "Best"], [list(row) for row in run.numbers]))
    if run.diagnoses:
        items = "".join(f"<li>{_text(sentence)}</li>" for sentence in run.diagnoses)
        parts.append(f"<h3>Diagnosis</h3><ul>{items}</ul>")
    parts.append("<h3>Settings</h3>")
    if run.changed:
        parts.append("<p>Other than the lab's defaults:</p>" + _pairs(list(run.changed.items())))
    else:
        parts.append("<p>The lab's defaults.</p>")
    everything = _pairs(list(run.settings.items()))
    parts.append(f"<details><summary>All settings</summary>{everything}</details>")
    return f'<section class="run" id="run-{number}">{"".join(parts)}</section>'


def _figure(title: str, svg: str, prefix: str) -> str:
    """Put an SVG file into the page; ids get a prefix, or figures would use each other's parts."""
    inner = svg[svg.index("<svg") :]
    inner = re.sub(r"<metadata>.*?</metadata>", "", inner, flags=re.DOTALL)
    inner = _SVG_ID.sub(rf"\g<1>{prefix}-\g<2>", inner)
    inner = inner.replace("<svg", f'<svg role="img" aria-label="{_text(title)}"', 1)
    return f"<figure>{inner}<figcaption>{_text(title)}</figcaption></figure>"


def _versions(versions: Mapping[str, str]) -> str:
    told = _pairs(list(versions.items()))
    return f'<section id="versions"><h2>Versions</h2>{told}</section>'


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{_text(word)}</th>' for word in header)
    body = "".join(
        f'<tr><th scope="row">{_text(row[0])}</th>'
        + "".join(f"<td>{_text(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _pairs(pairs: Sequence[tuple[str, str]]) -> str:
    items = "".join(f"<div><dt>{_text(a)}</dt><dd>{_text(b)}</dd></div>" for a, b in pairs)
    return f"<dl>{items}</dl>"


def _text(words: str) -> str:
    return html.escape(words, quote=True)
