"""Local against global: what the centre of a CNN and of a transformer sees, layer by layer."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from app.controls import Form, current_run
from app.resources import store
from app.sheets import sheet
from app.side_task import draw_task
from pages.parts.vit.sizes import draw_sizes
from rdfia_core.config import field_specs
from rdfia_core.figures.fields import field_picture
from rdfia_core.figures.packing import decode_frame
from rdfia_core.store import RunRecord

READ_SECTIONS = ("Data", "Network", "Fine-tuning", "Input")
READ = ("shown_image", "seed")
MAP_PIXELS = 120


def draw_fields(form: Form) -> None:
    """Draw the button and both rows of maps, then what larger images do to a CNN."""
    st.subheader("What the centre sees")
    st.markdown(
        "A unit of a **CNN** sees a window that grows from layer to layer. A patch of a "
        "**transformer** sees itself, and after one block of attention the whole image. The maps "
        "show how much each pixel moves the unit, or the token, in the middle of the image."
    )
    run = current_run(form.experiment)
    is_trained = run is not None and run.step > 0
    label = "Measure with the run's weights" if is_trained else "Measure with initial weights"
    specs = field_specs(form.experiment.config_class)
    varied = [s.name for s in specs if s.section not in READ_SECTIONS and s.name not in READ]
    draw_task(form, "fields", label=label, show=_show, from_run=is_trained, varied=tuple(varied))
    st.subheader("Larger images")
    draw_sizes(form)


def _show(run: RunRecord) -> None:
    found, frame = run.result["fields"], store().live_frame(run.id)
    if frame is None:
        return
    arrays = decode_frame(frame.blob)[2].arrays
    scale = max(3, MAP_PIXELS // found["size"])
    st.image(
        sheet(arrays["image"][None], columns=1, scale=scale),
        caption=f"Test image {found['row']}",
        width=MAP_PIXELS,
        alt="The image whose centre is asked about",
    )
    st.markdown("**The lab's CNN**, centre unit of each layer, initial weights")
    _draw_row(arrays["cnn"], found["cnn"], scale)
    st.markdown(f"**The transformer**, token of the centre patch: {found['vit_weights']}")
    _draw_row(arrays["vit"], found["vit"], scale)
    st.caption(
        f"Absolute gradient of a random combination of the unit's values, mean over this and "
        f"{found['num_images'] - 1} other test images and, for initial weights, 3 draws of them; "
        "drawn by its square root, each map's maximum bright. The frame is what theory "
        "allows, as far as it lies within the image. "
        "“Centre” is the share of the gradient in the middle quarter of the image's area; a map "
        "without any preference would have 25 %."
    )


def _draw_row(maps_LSS: np.ndarray, layers: list[Mapping[str, Any]], scale: int) -> None:
    with st.container(horizontal=True):
        for field_SS, layer in zip(maps_LSS, layers, strict=True):
            name = str(layer["name"])
            st.image(
                field_picture(field_SS, layer["window"], scale=scale),
                caption=f"{name}: {_extent(layer['window'])}  \ncentre {layer['share']:.0%}",
                width=MAP_PIXELS,
                alt=f"What the centre sees after {name}",
            )


def _extent(window: list[float]) -> str:
    side = window[1] - window[0] + 1
    return f"{side:.3g} × {side:.3g}"
