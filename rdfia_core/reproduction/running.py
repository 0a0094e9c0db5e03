"""Running what is missing of some entries, one piece after the other; each is kept as it ends."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rdfia_core.errors import DataUnavailableError, LimitError
from rdfia_core.reproduction.entries import Entry, Planned
from rdfia_core.reproduction.kept import KeptMeasurements, shipped_measurements
from rdfia_core.reproduction.measured import Measured
from rdfia_core.reproduction.measuring import TORCH, chosen_device, device_name, measure
from rdfia_core.settings import Settings


@dataclass
class Outcome:
    """What a run of the command did.

    Args:
        measured: All measurements of the entries, kept before or made now.
        num_new: How many were made now.
        reasons: Why an entry is not measured, or not wholly, by its name.
    """

    measured: list[Measured] = field(default_factory=list)
    num_new: int = 0
    reasons: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Moment:
    """Where the command is.

    Args:
        planned: What runs now.
        place: Its number among those that were missing, from 1.
        count: How many were missing.
        share: Finished share of it.
        seconds_left: Estimate for all that is missing; None while nothing is known.
    """

    planned: Planned
    place: int
    count: int
    share: float
    seconds_left: float | None


class Clock:
    """Estimates what is left from what runs of the same entry took, here or where we measured.

    Args:
        known: Measurements whose seconds are known.
    """

    def __init__(self, known: Iterable[Measured]) -> None:
        self._seconds: dict[str, list[float]] = {}
        for measured in known:
            self.add(measured)

    def add(self, measured: Measured) -> None:
        """Learn from a measurement."""
        self._seconds.setdefault(_kind(measured.asked), []).append(measured.seconds)

    def seconds_of(self, planned: Planned) -> float | None:
        """Return what such a run takes, else what runs take at all; None while nothing is known."""
        taken = self._seconds.get(_kind(planned.asked)) or [
            each for several in self._seconds.values() for each in several
        ]
        return sum(taken) / len(taken) if taken else None


def _kind(asked: Mapping[str, Any]) -> str:
    changed = {name: value for name, value in asked["changed"].items() if name != "seed"}
    return repr([asked["experiment"], asked["task"], asked["option"], sorted(changed.items())])


class Session:
    """One call of the command, whose outcome can be asked for whenever it is broken off.

    Args:
        settings: Of the deployment.
        device: Where to compute.
        told: Called with every step forward.
    """

    def __init__(
        self, settings: Settings, device: str, told: Callable[[Moment], None] = lambda _: None
    ) -> None:
        self.outcome = Outcome()
        self._settings = settings
        self._device = device
        self._told = told
        self._kept = KeptMeasurements(settings.home)
        self._refused: set[tuple[str, str]] = set()

    def run(self, entries: Sequence[Entry], variant: str, seeds: int | None = None) -> None:
        """Measure what is missing. What cannot be measured gets a reason, and the rest goes on.

        Raises:
            StoreError: If a measurement cannot be written.
        """
        missing = [planned for entry in entries for planned in self._missing(entry, variant, seeds)]
        clock = Clock([*shipped_measurements(), *self.outcome.measured])
        for place, planned in enumerate(missing):
            if _arm(planned) in self._refused:
                continue
            # Once a run: a step of a small network takes less than an estimate.
            seconds = [clock.seconds_of(each) for each in missing[place:]]
            found = self._run_one(planned, _teller(self._told, planned, place, seconds))
            if found is not None:
                clock.add(found)
                self.outcome.measured.append(found)

    def _missing(self, entry: Entry, variant: str, seeds: int | None) -> list[Planned]:
        missing = []
        for planned in entry.planned(variant, seeds):
            device = device_name(chosen_device(planned, self._device))
            found = self._kept.find(planned.asked, device, TORCH)
            if found is None:
                missing.append(planned)
            else:
                self.outcome.measured.append(found)
        return missing

    def _run_one(self, planned: Planned, tell: Callable[[float], None]) -> Measured | None:
        tell(0.0)
        device = device_name(chosen_device(planned, self._device))
        found = self._kept.find(planned.asked, device, TORCH)  # perhaps made for another entry
        if found is None:
            try:
                found = measure(planned, self._settings, self._device, tell)
            except (DataUnavailableError, LimitError) as error:
                self._refuse(planned, str(error))
                return None
            self._kept.keep(found)
            self.outcome.num_new += 1
        return found

    def _refuse(self, planned: Planned, reason: str) -> None:
        self._refused.add(_arm(planned))
        self.outcome.reasons[planned.entry.name] = f"{planned.arm.label}: {reason}"


def _arm(planned: Planned) -> tuple[str, str]:
    return planned.entry.name, planned.arm.name


def _teller(
    told: Callable[[Moment], None],
    planned: Planned,
    place: int,
    seconds: Sequence[float | None],
) -> Callable[[float], None]:
    """Return what is called with the finished share of a run; `seconds` are of it and the rest."""
    known = [each for each in seconds if each is not None]

    def tell(share: float) -> None:
        left = sum(known) - share * known[0] if len(known) == len(seconds) else None
        told(Moment(planned, place + 1, place + len(seconds), share, left))

    return tell
