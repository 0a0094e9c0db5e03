"""The command's part of docs/results.md: tables of what was measured, between two marks."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from rdfia_core.errors import StoreError
from rdfia_core.figures.tables import markdown_table
from rdfia_core.reproduction.catalogue import PARTS
from rdfia_core.reproduction.claims import Claim
from rdfia_core.reproduction.findings import Finding
from rdfia_core.reproduction.kept import write_whole
from rdfia_core.reproduction.summary import made_words, table_cells
from rdfia_core.reproduction.verdicts import Judgement

BEGIN = "<!-- reproduce: begin; written by the command, not by hand -->"
END = "<!-- reproduce: end -->"


def document(
    findings: Iterable[Finding],
    claims: Iterable[tuple[Claim, Judgement]],
    reasons: Mapping[str, str],
) -> str:
    """Return the part as Markdown, without the marks.

    Args:
        findings: Of every entry.
        claims: With their verdicts.
        reasons: Why an entry is not, or not wholly, measured, by its name.
    """
    parts = ["## The report, measured again", _introduction(), "### What the report concludes"]
    rows = [
        [str(claim.number), claim.says, f"**{judgement.verdict}**", judgement.evidence]
        for claim, judgement in claims
    ]
    parts.append(markdown_table(["", "the report says", "verdict", "evidence"], rows))
    for number, title in PARTS.items():
        parts.append(f"### {title}")
        parts += [
            section(finding, reasons.get(finding.entry.name, ""))
            for finding in findings
            if finding.entry.part == number
        ]
    return "\n\n".join(parts)


def _introduction() -> str:
    return (
        "    python -m rdfia_core reproduce --quick --write docs/results.md\n\n"
        "The command writes everything from here to the end of this file. Each row is one setting: "
        "mean ± standard deviation over seeds. Verdicts are computed from the measurements: an "
        "order of two settings counts if the 95 % interval of the mean difference of pairs "
        "(same seeds, Student's t) keeps clear of 0. Read ~ as: read off a plot."
    )


def section(finding: Finding, reason: str) -> str:
    """Return one entry: what is printed, what was measured, how, and the verdict."""
    entry, judgement = finding.entry, finding.judgement
    title = f"#### {entry.title}" + (f" ({entry.figures})" if entry.figures else "")
    parts = [f"{title}\n\n`{entry.name}`. The report: {entry.says}"]
    if not finding.is_empty:
        how = f"{finding.variant.capitalize()}: {entry.variant(finding.variant).says}"
        parts += [markdown_table(*table_cells(finding)), f"{how}. {made_words(finding)}"]
    parts.append(f"**{judgement.verdict.capitalize()}.** {judgement.evidence}")
    if reason:
        parts.append(f"Not measured: {reason}")
    return "\n\n".join(parts)


def write_between_marks(path: Path, text: str) -> None:
    """Replace what stands between the marks of a file; at its end, where there are none yet.

    Raises:
        StoreError: If the file cannot be read or written, or its marks are not a pair.
    """
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{path} cannot be read ({error}). Give another file.") from error
    counts = before.count(BEGIN), before.count(END)
    if counts not in ((0, 0), (1, 1)) or before.find(END) < before.find(BEGIN):
        raise StoreError(
            f"{path} must hold the two marks of the command once each, in their order, or neither. "
            "Put them right, or give another file; nothing was written."
        )
    part = f"{BEGIN}\n\n{text.strip()}\n\n{END}"
    if counts == (1, 1):
        head, _, rest = before.partition(BEGIN)
        tail = rest.partition(END)[2]
        write_whole(path, f"{head}{part}{tail}")
    else:
        write_whole(path, f"{before.rstrip()}\n\n{part}\n".lstrip())
