"""The declared entries: they can be run, they are told apart, and they say what they are."""

import subprocess
import sys
from pathlib import Path

import pytest

from rdfia_core.errors import ConfigError
from rdfia_core.reproduction.catalogue import ENTRIES, entries_named
from rdfia_core.reproduction.entries import VARIANTS, Entry, Printed
from rdfia_core.reproduction.summary import metric_title

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_run_is_a_config_that_its_lab_allows(entry: Entry, variant: str) -> None:
    plans = entry.planned(variant)
    assert len(plans) == len(entry.arms_of(variant)) * entry.variant(variant).seeds
    asked = [str(sorted(plan.asked.items(), key=str)) for plan in plans]
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_entry_names_what_it_measures(entry: Entry) -> None:
    arms = {arm.name for arm in entry.arms}
    assert len(arms) == len(entry.arms)
    assert all({e.larger, e.smaller} <= arms for e in entry.expects)
    assert all(metric_title(name) for name in (entry.metric, *entry.also))
    assert (
        entry.claims
        or entry.expects
        or any(arm.printed for arm in entry.arms)
        or (entry.name in ("vit_patch", "vit_heads", "optimiser"))
    )


def test_names_are_unique() -> None:
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)


def test_all_arms_of_a_seed_come_before_the_next_seed() -> None:
    (entry,) = entries_named(["batch_norm"])
    plans = entry.planned("quick", 2)
    assert [plan.seed for plan in plans] == [0, 0, 1, 1]


def test_a_run_with_another_seed_is_the_run_that_is_planned_with_it() -> None:
    (entry,) = entries_named(["batch_norm"])
    first, *_, last = entry.planned("quick", 4)[::2]
    assert first.with_seed(3) == last
    assert last.with_seed(0) == first
    assert last.config["seed"] == 3


def test_an_unknown_entry_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'batch_norm'"):
        entries_named(["batchnorm"])


@pytest.mark.parametrize(
    ("printed", "told", "bounds"),
    [
        (Printed(94), "94", (93.5, 94.5)),
        (Printed(73.7, is_read_off=True), "~73.7", (72.7, 74.7)),
        (Printed(90.5, 95), "90.5 to 95", (90.0, 95.5)),
        (Printed(1_186_170), "1,186,170", (1_186_169.5, 1_186_170.5)),
    ],
)
def test_a_printed_number(printed: Printed, told: str, bounds: tuple[float, float]) -> None:
    assert printed.told() == told
    assert printed.bounds(0.5) == pytest.approx(bounds)


def test_what_the_page_reads_loads_no_torch() -> None:
    script = (
        "import sys; import rdfia_core.reproduction.findings, rdfia_core.reproduction.summary; "
        "import rdfia_core.reproduction.kept, rdfia_core.figures.reproduction; "
        "from rdfia_core.reproduction.measured import pooled; "
        "found = rdfia_core.reproduction.findings.findings_of("
        "pooled(rdfia_core.reproduction.kept.shipped_measurements())); "
        "assert any(not each.is_empty for each in found); "
        "assert not {'torch', 'torchvision', 'timm', 'sklearn', 'pandas'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
