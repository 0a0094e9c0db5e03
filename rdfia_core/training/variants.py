"""Variants of a config as one text: field=value;field=value|field=value."""

from typing import Any

from rdfia_core.errors import ConfigError

MAX_VARIANTS = 5
_FIXED = ("variants", "num_seeds", "seed", "device", "shown_image")


def split_variants(text: str) -> list[dict[str, str]]:
    """Return the changes of each variant, by field."""
    return [
        dict(change.split("=", 1) for change in variant.split(";"))
        for variant in text.split("|")
        if variant
    ]


def canonical_variants(value: Any) -> str:
    """Check the form of a text of variants and return it without blanks at its joints.

    Raises:
        ConfigError: If it is not of that form; whether the values are allowed is not looked at.
    """
    variants = [part for part in str(value).split("|") if part.strip()]
    if len(variants) > MAX_VARIANTS:
        raise _refusal(f"at most {MAX_VARIANTS} variants", f"{len(variants)}")
    return "|".join(";".join(_changes(variant)) for variant in variants)


def _changes(variant: str) -> list[str]:
    changes = []
    for change in variant.split(";"):
        name, joint, value = (part.strip() for part in change.partition("="))
        if not (name and joint and value):
            raise _refusal("field=value, fields joined by ; and variants by |", repr(change[:60]))
        if name in _FIXED:
            raise _refusal(f"other fields than {', '.join(_FIXED)}", name)
        changes.append(f"{name}={value}")
    return changes


def _refusal(expected: str, received: str) -> ConfigError:
    return ConfigError(
        f"The 'variants' parameter must hold {expected}, for example "
        f"dropout=0.3|dropout=0.5;batch_norm=true. Got {received}.",
        "variants",
    )
