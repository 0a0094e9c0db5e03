"""All entries, in the order of the report."""

import difflib
from collections.abc import Sequence

from rdfia_core.errors import ConfigError
from rdfia_core.reproduction import (
    convolution_entries,
    network_entries,
    scratch_entries,
    transformer_entries,
)
from rdfia_core.reproduction.entries import Entry

PARTS = {
    1: "Networks from scratch",
    2: "Convolutional networks",
    3: "Transformers",
}
ENTRIES: tuple[Entry, ...] = (
    *scratch_entries.ENTRIES,
    *network_entries.ENTRIES,
    *convolution_entries.ENTRIES,
    *transformer_entries.ENTRIES,
)


def entries_named(names: Sequence[str]) -> tuple[Entry, ...]:
    """Return entries by their names, all of them if none is named.

    Raises:
        ConfigError: If there is no entry of a name; names the nearest one.
    """
    known = {entry.name: entry for entry in ENTRIES}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(known)}."
            raise ConfigError(f"There is no entry '{name[:40]}'. {hint}")
    return tuple(known[name] for name in names) or ENTRIES
