"""The runs that the page on runs has chosen: they are in its address, and only one's own."""

from collections.abc import Iterable

from app import address, state
from app.identity import authorised_run, current_owner
from app.resources import store
from rdfia_core.errors import RunNotFoundError
from rdfia_core.store import RunRecord
from rdfia_core.store.run_lists import RunLists

PAGE = "runs"
"""Under this name the page leaves its messages."""


def owner() -> str:
    """Return whose runs are listed."""
    return current_owner()


def lists() -> RunLists:
    """Return the lists of this deployment's runs."""
    return RunLists(store())


def chosen_runs() -> list[RunRecord]:
    """Return the runs that the address chooses; ids that are none of ours go from it."""
    found = own_runs(address.run_ids())
    if missing := len(address.run_ids()) - len(found):
        what = "A run" if missing == 1 else f"{missing} runs"
        state.leave_message(
            PAGE,
            f"{what} in the address cannot be shown: deleted, never there, or somebody else's. "
            "Choose among yours below.",
        )
        address.set_run_ids(run.id for run in found)
    return found


def own_runs(run_ids: Iterable[str]) -> list[RunRecord]:
    """Return those of some runs that exist and are this visitor's."""
    found = []
    for run_id in run_ids:
        try:
            found.append(authorised_run(run_id, owner()))
        except RunNotFoundError:
            continue
    return found


def choose(run_ids: Iterable[str]) -> None:
    """Choose runs: the address names them, and the table's ticks follow."""
    address.set_run_ids(run_ids)
    state.renew_run_table()
