"""What makes the script of one run: a program, and the values that the config gives it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from rdfia_core.scripts.folding import Facts


@dataclass(frozen=True, slots=True)
class Code:
    """The value of a constant that is an expression, written by us and never by a user."""

    text: str


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run was executed, which decides on its last bits beside the config.

    Args:
        device: cpu, cuda or mps.
        num_threads: Of PyTorch on the processor.
        notes: Evidence of the run's notes, by their kind.
    """

    device: str
    num_threads: int
    notes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """The script of one config.

    Args:
        program: Modules whose sections make up the script, in this order; they are never imported.
        constants: Values of the constants that the program declares, by name.
        known: What is known inside our definitions: values of expressions as they are written,
            by the definition; under "" for all.
        kept: Keys that are left of our dictionaries, by the dictionary's name.
        instead: Definitions that stand for others, as "module:name".
        needs: What the reader has to put beside the script, a sentence each.
    """

    program: tuple[str, ...]
    constants: Mapping[str, Any]
    known: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    kept: Mapping[str, Collection[Any]] = field(default_factory=dict)
    instead: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()

    def facts(self, definition: str, errors: Collection[str], checks: Collection[str]) -> Facts:
        """Return what is known inside a definition."""
        values = {**self.known.get("", {}), **self.known.get(definition, {})}
        return Facts(values, self.kept, errors, checks)


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of a script: a cell of a notebook.

    Args:
        title: Heading.
        text: What is said about it, Markdown; "" for nothing.
        code: Python.
    """

    title: str
    text: str
    code: str
