"""Configs: every hyperparameter is declared once.

A config is a frozen pydantic model. One `hyperparameter(...)` declaration per field gives type,
range or choices, default, label, unit, help and where the control stands. Validation, the form,
the URL, the command line, the documentation and the invalid values of the tests all read that one
declaration, through `field_specs`.
"""

import difflib
import types
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, ClassVar, Literal, Self, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from rdfia_core.errors import ConfigError

Kind = Literal["integer", "number", "choice", "switch", "text"]
Condition = Mapping[str, tuple[str, ...]]
"""Other fields and the values they must have, where * stands for any text:
{"optimizer": ("momentum", "nesterov"), "init_from": ("run:*",)}."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One hyperparameter as declared.

    Args:
        name: The same in config, form, URL and command line.
        kind: "integer", "number", "choice", "switch" (true or false) or "text".
        default: The value when nothing is said.
        label: Short name for a person.
        help: Two sentences: what it is, what to try.
        section: Heading under which the control stands.
        unit: Empty where there is none.
        choices: Allowed values, for kind "choice".
        choice_labels: How choices (of a choice, or of a comma list) are shown, by value.
        suggestions: Values that a slider offers; others are allowed all the same.
        editor: How it is edited where its kind does not say (app/editors.py), or "".
        minimum: Smallest number allowed, or None.
        maximum: Largest number allowed (in a text: of those that it lists), or None.
        exclusive_minimum: True if `minimum` itself is not allowed.
        live: True if it may change while the run lives.
        shown_when: The field has an effect only under this condition.
    """

    name: str
    kind: Kind
    default: Any
    label: str
    help: str
    section: str
    unit: str
    choices: tuple[str, ...]
    choice_labels: Mapping[str, str]
    suggestions: tuple[float, ...]
    editor: str
    minimum: float | None
    maximum: float | None
    exclusive_minimum: bool
    live: bool
    shown_when: Condition

    def expected(self) -> str:
        """Say in words which values are allowed."""
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        if self.kind in ("text", "switch"):
            return "text" if self.kind == "text" else "true or false"
        noun = "a whole number" if self.kind == "integer" else "a number"
        bounds = []
        if self.minimum is not None:
            words = "greater than" if self.exclusive_minimum else "at least"
            bounds.append(f"{words} {self.minimum:,.12g}")
        if self.maximum is not None:
            bounds.append(f"at most {self.maximum:,.12g}")
        return " ".join([noun, " and ".join(bounds)]).strip()

    def has_effect(self, values: Mapping[str, Any]) -> bool:
        """Tell whether the field matters beside these values of the other fields."""
        return all(
            any(fnmatchcase(str(values.get(other)), pattern) for pattern in allowed)
            for other, allowed in self.shown_when.items()
        )


def hyperparameter(
    default: Any,
    *,
    label: str,
    help: str,  # noqa: A002  the field's own word
    section: str,
    unit: str = "",
    live: bool = False,
    shown_when: Condition | None = None,
    choice_labels: Mapping[str, str] | None = None,
    suggestions: tuple[float, ...] = (),
    editor: str = "",
    largest: int | None = None,
    **constraints: Any,
) -> Any:
    """Declare a hyperparameter; `constraints` are pydantic's (ge, gt, le, max_length ...).

    `largest` is the largest number that a text may hold: the field's validator reads it, too.
    """
    extra: dict[str, Any] = {
        "section": section,
        "unit": unit,
        "live": live,
        "choice_labels": dict(choice_labels or {}),
        "suggestions": list(suggestions),
        "editor": editor,
        "largest": largest,
        "shown_when": {name: list(allowed) for name, allowed in (shown_when or {}).items()},
    }
    return Field(default, title=label, description=help, json_schema_extra=extra, **constraints)


def with_default(
    config_class: type["ExperimentConfig"],
    name: str,
    default: Any,
    help: str = "",  # noqa: A002  the field's own word
) -> Any:
    """Declare a field anew as a base class does, but for its default and perhaps its help."""
    info = copy(config_class.model_fields[name])
    info.default = default
    info.description = help or info.description
    return info


class ExperimentConfig(BaseModel):
    """Base of all configs: frozen, refuses unknown fields, always has seed, device and epochs."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    first_sections: ClassVar[tuple[str, ...]] = ()
    """Sections that the form shows before the others."""
    hidden_sections: ClassVar[tuple[str, ...]] = ()
    """Sections that only other tasks than training read; views of the page set them."""

    epochs: int = hyperparameter(
        150,
        label="Epochs",
        help="How many times the whole training set is seen. Try more when the loss still falls "
        "at the end, fewer when the validation loss has begun to rise.",
        section="Training",
        ge=1,
        le=20_000,
    )
    seed: int = hyperparameter(
        0,
        label="Seed",
        help="Fixes every random draw: data, initial weights, batch order, dropout. Try three "
        "seeds before you believe a difference between two settings.",
        section="Run",
        ge=0,
        le=2**31 - 1,
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = hyperparameter(
        "auto",
        label="Device",
        help="Where the arithmetic runs; auto takes a GPU when there is one. Try cpu for small "
        "networks: starting a GPU kernel costs more than their whole step.",
        section="Run",
    )

    @classmethod
    def build(cls, values: Mapping[str, Any]) -> Self:
        """Validate values (texts are converted) and build the config.

        Raises:
            ConfigError: With one sentence per field at fault.
        """
        try:
            return cls(**values)
        except ValidationError as error:
            raise _as_config_error(cls, error) from error

    def changed(self) -> dict[str, Any]:
        """Return the fields that differ from their defaults."""
        values = self.model_dump()
        return {
            spec.name: values[spec.name]
            for spec in field_specs(type(self))
            if values[spec.name] != spec.default
        }

    def without_effect(self) -> list[str]:
        """Return the changed fields that have no effect beside the others."""
        values = self.model_dump()
        return [
            spec.name
            for spec in field_specs(type(self))
            if values[spec.name] != spec.default and not spec.has_effect(values)
        ]


@cache
def field_specs(config_class: type[ExperimentConfig]) -> tuple[FieldSpec, ...]:
    """Return the declared hyperparameters: the experiment's own first, then the common ones."""
    common = set(ExperimentConfig.model_fields)
    own = [name for name in config_class.model_fields if name not in common]
    ordered = [*own, *ExperimentConfig.model_fields]
    return tuple(_field_spec(name, config_class.model_fields[name]) for name in ordered)


def field_spec(config_class: type[ExperimentConfig], name: str) -> FieldSpec:
    """Return one declared hyperparameter.

    Raises:
        ConfigError: If the config has no such field; names the nearest one.
    """
    if name not in config_class.model_fields:
        raise _unknown_field(config_class, name)
    return _field_spec(name, config_class.model_fields[name])


def _field_spec(name: str, info: FieldInfo) -> FieldSpec:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    bounds = {
        key: getattr(item, key)
        for item in info.metadata
        for key in ("ge", "gt", "le")
        if hasattr(item, key)
    }
    choices = get_args(info.annotation) if get_origin(info.annotation) is Literal else ()
    shown_when: Any = extra.get("shown_when") or {}
    choice_labels: Any = extra.get("choice_labels") or {}
    suggestions: Any = extra.get("suggestions") or ()
    return FieldSpec(
        name=name,
        kind=_kind(info.annotation, bool(choices)),
        default=info.default,
        label=info.title or name,
        help=info.description or "",
        section=str(extra.get("section", "")),
        unit=str(extra.get("unit", "")),
        choices=tuple(str(choice) for choice in choices),
        choice_labels=types.MappingProxyType(choice_labels),
        suggestions=tuple(suggestions),
        editor=str(extra.get("editor", "")),
        minimum=bounds.get("ge", bounds.get("gt")),
        maximum=bounds.get("le", extra.get("largest")),
        exclusive_minimum="gt" in bounds,
        live=bool(extra.get("live")),
        shown_when=types.MappingProxyType({k: tuple(v) for k, v in shown_when.items()}),
    )


def _kind(annotation: Any, has_choices: bool) -> Kind:
    if has_choices:
        return "choice"
    if annotation is bool:
        return "switch"
    if annotation is int:
        return "integer"
    return "number" if annotation is float else "text"


def _unknown_field(config_class: type[ExperimentConfig], name: str) -> ConfigError:
    names = list(config_class.model_fields)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else "Its parameters are: " + ", ".join(names) + "."
    return ConfigError(f"{config_class.__name__} has no parameter '{name}'. {hint}", name)


def _as_config_error(config_class: type[ExperimentConfig], error: ValidationError) -> ConfigError:
    """Turn pydantic's report into our sentences: what, expected, received."""
    sentences: list[str] = []
    first_field = ""
    for item in error.errors(include_url=False):
        name = str(item["loc"][0]) if item["loc"] else ""
        first_field = first_field or name
        if item["type"] == "extra_forbidden":
            sentences.append(str(_unknown_field(config_class, name)))
            continue
        cause = item.get("ctx", {}).get("error")
        if cause is not None:
            first_field = first_field or getattr(cause, "field", "")
            sentences.append(str(cause))
            continue
        expected = field_spec(config_class, name).expected()
        if item["type"] == "string_too_long":
            expected = f"text of at most {item['ctx']['max_length']} characters"
        sentences.append(
            f"The '{name}' parameter of {config_class.__name__} must be {expected}. "
            f"Got {_shown(item['input'])}."
        )
    return ConfigError(" ".join(sentences), first_field)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
