"""One widget, or a few, for each kind of field. The declared field says which."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import state
from app.resources import image_library, settings
from app.settings_table import shown_value
from rdfia_core.config import FieldSpec
from rdfia_core.data.images.library import SetStatus
from rdfia_core.data.point_files import UploadStore
from rdfia_core.errors import DataUnavailableError
from rdfia_core.models.vit.spec import divisors
from rdfia_core.training.input_shape import shape_of_set

MAX_SEGMENTS = 4
MAX_LAYERS = 6
DEFAULT_UNITS = 8


def draw(spec: FieldSpec, values: Mapping[str, Any], key: str) -> Any:
    """Draw the control of one field and return its value.

    The value goes in twice, as default and through `state.told`, which says why.

    Args:
        spec: The field.
        values: Of all fields of the form.
        key: Of the widget.
    """
    value = values[spec.name]
    if spec.editor == "patch":
        return _patch(spec, value, key, _image_side(values))
    if spec.editor:
        return _EDITORS[spec.editor](spec, value, key)
    if spec.kind == "switch":
        return st.toggle(
            _label(spec), bool(value), key=state.told(key, bool(value)), help=spec.help
        )
    if spec.kind == "choice":
        return _choice(spec, value, key)
    if spec.suggestions:
        return _suggestions(spec, value, key)
    if spec.kind == "number" and spec.maximum is not None and spec.minimum is not None:
        return _slider(spec, value, key)
    return _number(spec, value, key)


def draw_fixed(spec: FieldSpec, value: Any, key: str) -> None:
    """Draw one field that may not be changed, as a locked line that says its value."""
    st.text_input(
        _label(spec),
        shown_value(spec, value),
        key=f"{key}/fixed/{value}",
        help=spec.help,
        icon=":material/lock:",
        disabled=True,
    )


def _shown(spec: FieldSpec, value: Any) -> str:
    """Return how a value reads: its label if it has one, else the number or a tidy word."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return spec.choice_labels.get(text, text)


def _label(spec: FieldSpec) -> str:
    return f"{spec.label} ({spec.unit})" if spec.unit else spec.label


def _choice(spec: FieldSpec, value: Any, key: str) -> Any:
    def label(choice: str) -> str:
        return spec.choice_labels.get(choice, choice)

    if len(spec.choices) <= MAX_SEGMENTS:
        return st.segmented_control(
            _label(spec),
            spec.choices,
            format_func=label,
            default=value,
            key=state.told(key, value),
            help=spec.help,
            required=True,
        )
    return st.selectbox(
        _label(spec),
        spec.choices,
        index=spec.choices.index(value),
        format_func=label,
        key=state.told(key, value),
        help=spec.help,
    )


def _suggestions(spec: FieldSpec, value: Any, key: str) -> Any:
    """Draw a slider over the suggested values, and the value itself where it is another."""
    options = list(spec.suggestions)
    if value not in options:
        options = sorted([*options, value])
    return st.select_slider(
        _label(spec),
        options,
        value=value,
        format_func=lambda option: _shown(spec, option),
        key=state.told(key, value),
        help=spec.help,
    )


def _slider(spec: FieldSpec, value: float, key: str) -> float:
    found: float = st.slider(
        _label(spec),
        min_value=float(spec.minimum or 0.0),
        max_value=float(spec.maximum or 1.0),
        value=float(value),
        step=0.05,
        key=state.told(key, float(value)),
        help=spec.help,
    )
    return found


def _number(spec: FieldSpec, value: Any, key: str) -> Any:
    kind = int if spec.kind == "integer" else float
    return st.number_input(
        _label(spec),
        min_value=None if spec.minimum is None else kind(spec.minimum),
        max_value=None if spec.maximum is None else kind(spec.maximum),
        value=kind(value),
        step=1 if kind is int else None,
        key=state.told(key, kind(value)),
        help=spec.help,
    )


def _layers(spec: FieldSpec, value: str, key: str) -> str:
    """Draw the number of hidden layers and the size of each."""
    sizes = [] if value == "none" else [int(size) for size in value.split(",")]
    most_units = None if spec.maximum is None else int(spec.maximum)
    count = st.number_input(
        _label(spec),
        min_value=0,
        max_value=MAX_LAYERS,
        value=len(sizes),
        key=state.told(f"{key}.count", len(sizes)),
        help=spec.help,
    )
    if not count:
        return "none"
    chosen = []
    for row in range(0, count, 3):
        columns = st.columns(3)
        for layer in range(row, min(row + 3, count)):
            with columns[layer - row]:
                size = sizes[layer] if layer < len(sizes) else DEFAULT_UNITS
                units = st.number_input(
                    f"Layer {layer + 1}",
                    min_value=1,
                    max_value=most_units,
                    value=size,
                    key=state.told(f"{key}.{layer}", size),
                )
                chosen.append(units)
    return ",".join(str(units) for units in chosen)


def _list(spec: FieldSpec, value: str, key: str) -> str:
    """Draw one pill for each name of a comma list."""
    names = [] if value == "none" else value.split(",")
    chosen = st.pills(
        _label(spec),
        list(spec.choice_labels),
        selection_mode="multi",
        default=names,
        format_func=lambda name: spec.choice_labels[name],
        key=state.told(key, names),
        help=spec.help,
    )
    return ",".join(name for name in spec.choice_labels if name in chosen) or "none"


def _upload(spec: FieldSpec, value: str, key: str) -> str:
    """Draw an uploader; a file that cannot be used is refused with the reason."""
    file = st.file_uploader(
        _label(spec), type=["csv", "npz", "mat"], key=key, help=spec.help, max_upload_size=5
    )
    if file is None:
        return value
    try:
        return UploadStore(settings().uploads_dir).add(file.getvalue(), file.name)
    except DataUnavailableError as error:
        st.error(str(error), icon=":material/error:")
        return value


def _map(spec: FieldSpec, value: str, key: str) -> str:
    """Say where the points are edited: in the map itself."""
    del key
    count = len(value.split(";")) if value else 0
    st.caption(f"{spec.label}: {count}. Click in the map to add one.", help=spec.help)
    return value


def _word_or_number(spec: FieldSpec, value: str, key: str) -> str:
    """Draw a slider over a few words, then the suggested numbers."""
    options = [*spec.choice_labels, *(f"{number:g}" for number in spec.suggestions)]
    if value not in options:
        options.append(value)
    return st.select_slider(
        _label(spec),
        options,
        value=value,
        format_func=lambda option: spec.choice_labels.get(option, option),
        key=state.told(key, value),
        help=spec.help,
    )


def _line(spec: FieldSpec, value: str, key: str) -> str:
    """Draw one line of text."""
    return st.text_input(_label(spec), value, key=state.told(key, value), help=spec.help)


def _named(spec: FieldSpec, value: str, key: str) -> str:
    """Draw the values that have a name, and the present one if it has none."""
    options = list(spec.choice_labels)
    if value not in options:
        options.append(value)
    return st.selectbox(
        _label(spec),
        options,
        index=options.index(value),
        format_func=lambda option: spec.choice_labels.get(
            option, option.replace(":", " ") if option.startswith("run:") else "As edited"
        ),
        key=state.told(key, value),
        help=spec.help,
    )


def _images(spec: FieldSpec, value: str, key: str) -> str:
    """Draw the image sets that this server has, then the others, then imported ones."""
    library = image_library()
    statuses = {status.name: status for status in library.statuses()}
    if value not in statuses:
        statuses[value] = library.status(value)
    names = sorted(statuses, key=lambda name: not statuses[name].is_available)
    chosen = st.selectbox(
        _label(spec),
        names,
        index=names.index(value),
        format_func=lambda name: _set_label(statuses[name]),
        key=state.told(key, value),
        help=spec.help,
    )
    if not statuses[chosen].is_available:
        st.caption(":material/cloud_download: Not on this server yet: see the Data view.")
    return chosen


def _patch(spec: FieldSpec, value: int, key: str, side: int) -> int:
    """Draw the patch sizes that tile an image of this side; another one gives way to the nearest.

    What does not tile is told: the image may be another than when the size was chosen.
    """
    options = divisors(side)
    fitting = min(options, key=lambda size: abs(size - value))
    if fitting != value:
        st.caption(f":material/info: Patches of {value} pixels do not tile {side}: {fitting} now.")
    chosen: int = st.select_slider(
        _label(spec), options, value=fitting, key=state.told(key, fitting), help=spec.help
    )
    num_patches = (side // chosen) ** 2
    st.caption(f"{num_patches} {'patch' if num_patches == 1 else 'patches'} of {side} × {side}.")
    return chosen


def _image_side(values: Mapping[str, Any]) -> int:
    """Return the pixels a side of what the form's network sees."""
    names = str(values["augmentation"]).split(",")
    shape = shape_of_set(str(values["dataset"]), names, image_library())
    return int(values["input_size"]) or shape.image_size


def _set_label(status: SetStatus) -> str:
    return status.title if status.is_available else f"{status.title} (not here yet)"


_EDITORS = {
    "line": _line,
    "named": _named,
    "images": _images,
    "layers": _layers,
    "list": _list,
    "upload": _upload,
    "map": _map,
    "word_or_number": _word_or_number,
}
