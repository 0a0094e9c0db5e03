"""The network as a table of its blocks, edited in place; sizes, weights and work follow."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import state
from app.controls import Form, apply_changes
from app.live import Command, layers_view
from app.messages import shown_errors
from app.resources import image_library
from rdfia_core.errors import ConfigError
from rdfia_core.experiments.cifar_cnn import ARCHITECTURE_LABELS, CifarCnnConfig
from rdfia_core.models.cnn import blocks, layer_table
from rdfia_core.training.input_shape import input_shape

KEY = "cifar_cnn/layers"
LIMITS = {
    "blocks": blocks.MAX_BLOCKS,
    "channels": blocks.MAX_CHANNELS,
    "kernel": blocks.MAX_KERNEL,
    "stride": blocks.MAX_STRIDE,
    "units": blocks.MAX_UNITS,
    "dropout": blocks.MAX_DROPOUT,
    "weights": layer_table.MAX_WEIGHTS,
    "values": layer_table.MAX_VALUES,
}
"""What the table in the browser may not exceed; the same numbers as here."""
READ = ("dataset", "augmentation", "architecture", "batch_norm", "dropout", "batch_size")
_LOCKED = (
    "Some settings in the side panel do not go together, as said above. Put them right to go on "
    "editing the network."
)


def draw_architecture(form: Form) -> None:
    """Draw the table of the form's network; it is edited only while the whole form is valid."""
    st.markdown(
        "**Change a number** in the table: sizes, weights and work follow at once. **+** adds a "
        "block below a row, the arrows move it, **×** takes it out. Then press Play in the "
        "**Train** view."
    )
    config = form.config
    with shown_errors():
        data = _described(
            config if isinstance(config, CifarCnnConfig) else _network_alone(form.values)
        )
        data["locked"] = "" if config is not None else _LOCKED
        data["problem"] = state.message(form.experiment.name)
        layers_view(data, key=KEY, on_command=lambda command: _obey(form, command))


def preset_texts() -> dict[str, str]:
    """Return the blocks of each network that has a name, as text."""
    return {name: blocks.canonical(name) for name in ARCHITECTURE_LABELS}


def _described(config: CifarCnnConfig) -> dict[str, Any]:
    """Say what the layers view needs to know of a config (docs/live.md)."""
    library = image_library()
    shape = input_shape(config, library)
    cropped = ", after the random crop" if "crop" in config.augmentation_names else ""
    return {
        "text": blocks.canonical(config.architecture),
        "batch_norm": config.batch_norm,
        "dropout": config.dropout,
        "batch_size": config.batch_size,
        "shape": {
            "channels": shape.num_channels,
            "size": shape.image_size,
            "classes": shape.num_classes,
        },
        "source": f"{library.status(config.dataset).title}{cropped}.",
        "limits": LIMITS,
        "presets": [
            {"name": name, "title": ARCHITECTURE_LABELS[name].split(":")[0], "text": text}
            for name, text in preset_texts().items()
        ],
    }


def _network_alone(values: Mapping[str, Any]) -> CifarCnnConfig:
    """Return the form's network where other settings do not go together."""
    try:
        return CifarCnnConfig.build({name: values[name] for name in READ})
    except ConfigError:
        return CifarCnnConfig()


def _obey(form: Form, command: Command) -> None:
    if command.get("type") != "blocks":
        return
    text = str(command.get("value", ""))
    names = {blocks_text: name for name, blocks_text in preset_texts().items()}
    try:
        apply_changes(form.experiment, {"architecture": names.get(text, text)})
    except ConfigError as error:
        state.leave_message(form.experiment.name, str(error))
