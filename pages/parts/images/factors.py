"""What a study varies: one factor and its values, or any text of variants."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app import state
from app.controls import Form
from pages.parts.images.study_fields import change, draw_line, key_of, told_key
from rdfia_core.config import FieldSpec, field_specs
from rdfia_core.training.image_config import AUGMENTATION_LABELS
from rdfia_core.training.variants import MAX_VARIANTS, split_variants

TRAINING_FACTORS = (
    "learning_rate", "batch_size", "optimizer", "schedule", "warmup_epochs", "weight_decay",
    "label_smoothing", "normalization", "augmentation",
)  # fmt: skip
"""Fields of every image lab that a study offers by name; the text takes any other."""
RUN_FACTORS = ("num_train", "precision")
"""The same, offered after those of the lab's network."""
_SHARES = ("0", "0.1", "0.3", "0.5", "0.7", "0.9")
_WORDS = {"true": "on", "false": "off", "none": "None", "crop,flip": "Crop and flip"}


def draw_factor(form: Form, network_factors: Sequence[str]) -> None:
    """Draw the choice of a factor and its values beside the baseline's."""
    factors = (*TRAINING_FACTORS, *network_factors, *RUN_FACTORS)
    specs = {spec.name: spec for spec in field_specs(form.experiment.config_class)}
    variants = split_variants(str(form.values["variants"]))
    names = {name for changes in variants for name in changes}
    is_single = len(names) == 1 and all(len(changes) == 1 for changes in variants)
    factor = next(iter(names)) if is_single and names <= set(factors) else None
    left, right = st.columns([2, 3])
    left.selectbox(
        "Factor",
        factors,
        index=None if factor is None else factors.index(factor),
        format_func=lambda name: specs[name].label,
        placeholder="Several fields, see the text" if names else "What shall differ?",
        key=told_key(form, "factor", factor),
        on_change=lambda: _choose(form, specs),
        help="What differs between baseline and variants. Everything else stays as set at the "
        "left.",
    )
    if factor is None:
        return
    spec, now = specs[factor], _word(form.values[factor])
    chosen = [changes[factor] for changes in variants]
    right.pills(
        f"Values beside the baseline's, {_told(spec, now)}",
        list(dict.fromkeys([*(v for v in _values(spec) if v != now), *chosen])),
        default=chosen,
        format_func=lambda value: _told(spec, value),
        selection_mode="multi",
        key=told_key(form, "values", chosen),
        on_change=lambda: _vary(form, factor, state.widget_value(key_of(form, "values"))),
        help=f"Up to {MAX_VARIANTS}; each is trained with every seed. Other values: in the text.",
    )


def draw_text(form: Form) -> None:
    """Draw the variants as text, where several fields may change together."""
    with st.expander("As text, for any field and for several at once"):
        draw_line(form, "variants", "text")
        st.caption(
            "`field=value`, fields that change together joined by `;`, variants by `|`. For "
            "example `optimizer=adam;learning_rate=0.001|optimizer=momentum;learning_rate=0.01`."
        )


def _choose(form: Form, specs: dict[str, FieldSpec]) -> None:
    """Vary another factor: over the values of the report's study of it, or the first two."""
    factor = state.widget_value(key_of(form, "factor"))
    if factor is None:
        change(form, {"variants": ""})
        return
    _vary(form, factor, _usual_values(form, specs[factor]))


def _usual_values(form: Form, spec: FieldSpec) -> list[str]:
    now = _word(form.values[spec.name])
    for preset in form.experiment.presets:
        changes = split_variants(str(preset.values.get("variants", "")))
        values = [change.get(spec.name, "") for change in changes if list(change) == [spec.name]]
        if len(values) == len(changes) and set(values) - {now}:
            return [value for value in values if value != now]
    return [value for value in _values(spec) if value != now][:2]


def _vary(form: Form, factor: str, values: list[str]) -> None:
    change(form, {"variants": "|".join(f"{factor}={value}" for value in values)})


def _values(spec: FieldSpec) -> list[str]:
    """Return the values that are offered, as words."""
    if spec.kind == "switch":
        return ["true", "false"]
    if spec.name == "augmentation":
        return ["none", "crop,flip", *AUGMENTATION_LABELS]
    offered = [*spec.choices, *(_word(value) for value in spec.suggestions)]
    return offered or list(spec.choice_labels) or list(_SHARES)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _told(spec: FieldSpec, value: str) -> str:
    return spec.choice_labels.get(value, _WORDS.get(value, value))
