"""The command's part of the results file: what it says, and what it leaves alone."""

from pathlib import Path

import pytest

from rdfia_core.errors import StoreError
from rdfia_core.reproduction.document import BEGIN, END, document, write_between_marks
from rdfia_core.reproduction.findings import findings_of, judged_claims
from rdfia_core.reproduction.measured import pooled
from tests.core.reproduction.test_kept import batch_norm_runs


def text_of(without: float, with_it: float, reasons: dict[str, str] | None = None) -> str:
    findings = findings_of(pooled(batch_norm_runs(without, with_it)))
    return document(findings, judged_claims(findings), reasons or {})


def test_the_document_has_seeds_means_device_version_date_and_subset() -> None:
    text = text_of(0.5, 0.7)
    assert "| Without | 70.2 % | 5 | 50.4 ± 0.5 % |" in text
    assert "| With batch norm | 78.5 % | 5 | 70.4 ± 0.5 % |" in text
    assert "1,000 training images" in text
    assert "seeds 0 to 4. cpu (x86_64), torch 2.0, 2026-01-02. 15 s at work." in text


def test_its_verdicts_follow_the_measurements() -> None:
    assert "| 1 | Batch norm hurts | **the report is wrong** |" in text_of(0.5, 0.7)
    assert "| 1 | Batch norm hurts | **agrees** |" in text_of(0.7, 0.5)


def test_what_is_not_measured_says_why() -> None:
    text = text_of(0.5, 0.7, {"mnist_pixels": "Pixels from 0 to 255: mnist is not here. Fetch it."})
    assert "**Not measured.**" in text
    assert "mnist is not here. Fetch it." in text


def test_only_what_stands_between_the_marks_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "results.md"
    path.write_text("# Results\n\nBy hand.\n")
    write_between_marks(path, "first")
    assert path.read_text() == f"# Results\n\nBy hand.\n\n{BEGIN}\n\nfirst\n\n{END}\n"
    path.write_text(path.read_text() + "\nAfter.\n")
    write_between_marks(path, "second")
    assert path.read_text() == f"# Results\n\nBy hand.\n\n{BEGIN}\n\nsecond\n\n{END}\n\nAfter.\n"


@pytest.mark.parametrize("content", [BEGIN, END, f"{END}\n{BEGIN}", f"{BEGIN}{BEGIN}{END}{END}"])
def test_broken_marks_are_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "results.md"
    path.write_text(content)
    with pytest.raises(StoreError, match="nothing was written"):
        write_between_marks(path, "new")
    assert path.read_text() == content


def test_a_file_that_does_not_exist_is_made(tmp_path: Path) -> None:
    write_between_marks(tmp_path / "new" / "results.md", "text")
    assert (tmp_path / "new" / "results.md").read_text() == f"{BEGIN}\n\ntext\n\n{END}\n"
