"""What was measured of each entry, and what comes of it. Pure: from measurements to verdicts."""

from collections.abc import Mapping
from dataclasses import dataclass

from rdfia_core.reproduction.catalogue import ENTRIES
from rdfia_core.reproduction.claims import CLAIMS, Claim, claim_numbered
from rdfia_core.reproduction.comparing import Evidence, Table
from rdfia_core.reproduction.entries import FULL, QUICK, VARIANTS, Entry
from rdfia_core.reproduction.judging import judge_entry
from rdfia_core.reproduction.measured import Made, Measured, Pool, of_entry, table_of
from rdfia_core.reproduction.verdicts import Judgement


@dataclass(frozen=True, slots=True)
class Finding:
    """An entry with what was measured of one of its variants.

    Args:
        entry: Which.
        variant: quick or full.
        measured: Arm, seed, measurement.
        judgement: What comes of it.
    """

    entry: Entry
    variant: str
    measured: Mapping[str, Mapping[int, Measured]]
    judgement: Judgement

    @property
    def table(self) -> Table:
        """The metrics alone."""
        return table_of(self.measured)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was measured."""
        return not any(self.measured.values())

    @property
    def made(self) -> tuple[Made, ...]:
        """Where and when the measurements were made, each once."""
        all_of_them = {run.made for runs in self.measured.values() for run in runs.values()}
        return tuple(sorted(all_of_them, key=lambda made: (made.date, made.device, made.torch)))


def findings_of(pool: Pool, variant: str = "") -> list[Finding]:
    """Judge every entry by a pool of measurements.

    Args:
        pool: What there is.
        variant: quick or full; "" takes for each entry the full one where it is complete.
    """
    measured = {
        (entry.name, each): of_entry(pool, entry, each)
        for entry in ENTRIES
        for each in ([variant] if variant else VARIANTS)
    }
    chosen = {entry.name: variant or _fuller(measured, entry) for entry in ENTRIES}
    evidence = {name: table_of(measured[name, each]) for name, each in chosen.items()}
    return [
        Finding(
            entry,
            chosen[entry.name],
            measured[entry.name, chosen[entry.name]],
            _judged(entry, chosen[entry.name], evidence),
        )
        for entry in ENTRIES
    ]


def _fuller(
    measured: Mapping[tuple[str, str], Mapping[str, Mapping[int, Measured]]], entry: Entry
) -> str:
    """Take the full variant where every setting has its seeds; weights may not be to be had."""
    full = measured[entry.name, FULL]
    needed = [full[arm.name] for arm in entry.arms_of(FULL) if not arm.weights]
    return FULL if all(len(runs) >= entry.full.seeds for runs in needed) else QUICK


def _judged(entry: Entry, variant: str, evidence: Evidence) -> Judgement:
    if entry.claims:
        return claim_numbered(entry.claims[0]).judge(evidence)
    return judge_entry(entry, variant, evidence[entry.name])


def judged_claims(findings: list[Finding]) -> list[tuple[Claim, Judgement]]:
    """Judge the report's claims by what was found."""
    evidence = {finding.entry.name: finding.table for finding in findings}
    return [(claim, claim.judge(evidence)) for claim in CLAIMS]
