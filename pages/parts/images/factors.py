"""What a study varies: one factor and its values, or any text of variants."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app import state
from app.controls import Form, apply_changes
from rdfia_core.config import FieldSpec, field_spec, field_specs
from rdfia_core.errors import ConfigError
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
        key=_told_key(form, "factor", factor),
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
        key=_told_key(form, "values", chosen),
        on_change=lambda: _vary(form, factor, state.widget_value(_key(form, "values"))),
        help=f"Up to {MAX_VARIANTS}; each is trained with every seed. Other values: in the text.",
    )


def draw_seeds(form: Form) -> None:
    """Draw how many seeds each setting is trained with."""
    spec = field_spec(form.experiment.config_class, "num_seeds")
    st.slider(
        spec.label,
        min_value=int(spec.minimum or 1),
        max_value=int(spec.maximum or 1),
        value=int(form.values["num_seeds"]),
        key=_told_key(form, "seeds", int(form.values["num_seeds"])),
        on_change=lambda: _apply(form, {"num_seeds": state.widget_value(_key(form, "seeds"))}),
        help=spec.help,
        width=420,
    )


def draw_text(form: Form) -> None:
    """Draw the variants as text, where several fields may change together."""
    spec = field_spec(form.experiment.config_class, "variants")
    with st.expander("As text, for any field and for several at once"):
        st.text_input(
            spec.label,
            str(form.values["variants"]),
            key=_told_key(form, "text", str(form.values["variants"])),
            on_change=lambda: _apply(form, {"variants": state.widget_value(_key(form, "text"))}),
            help=spec.help,
        )
        st.caption(
            "`field=value`, fields that change together joined by `;`, variants by `|`. For "
            "example `optimizer=adam;learning_rate=0.001|optimizer=momentum;learning_rate=0.01`."
        )


def _told_key(form: Form, part: str, value: Any) -> str:
    return state.told(_key(form, part), value)


def _key(form: Form, part: str) -> str:
    return state.widget_key(form.experiment.name, "variants", part)


def _choose(form: Form, specs: dict[str, FieldSpec]) -> None:
    """Vary another factor: over the values of the report's study of it, or the first two."""
    factor = state.widget_value(_key(form, "factor"))
    if factor is None:
        _apply(form, {"variants": ""})
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
    _apply(form, {"variants": "|".join(f"{factor}={value}" for value in values)})


def _apply(form: Form, changes: dict[str, Any]) -> None:
    try:
        apply_changes(form.experiment, changes)
    except ConfigError as error:
        state.leave_message(f"{form.experiment.name}/study", str(error))


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
