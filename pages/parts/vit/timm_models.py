"""timm's networks: what they cost, what they say to a small image, and what they see of it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import editors, state
from app.controls import Form, apply_changes
from app.instant import Ask, Runs, draw_answers
from app.messages import shown_errors
from app.plain_text import plain
from app.resources import store
from rdfia_core.config import field_spec, field_specs
from rdfia_core.figures.packing import decode_frame
from rdfia_core.figures.seen import seen_picture
from rdfia_core.figures.tables import markdown_table
from rdfia_core.models.vit.catalogue import CATALOGUE
from rdfia_core.store import RunRecord, RunState

SLOT = "probe"
SECTION = "timm"
READ = ("dataset", "shown_image", "seed", "device", "patch_size", "input_size", "augmentation")
PICTURE_PIXELS = 320


def draw_timm(form: Form) -> None:
    """Draw the choice of a network and the remedies, then what the network makes of the image."""
    st.markdown(
        "Networks like these are made for large coloured photographs. **Show one a small image as "
        "it is**, read what it says, then remedy it: repeat the grey channel, resize the image, or "
        "build the network for what you have. The image is the one chosen at the left under Run."
    )
    names = [s.name for s in field_specs(form.experiment.config_class) if s.section == SECTION]
    left, right = st.columns(2, gap="large")
    with left:
        _draw_field(form, "timm_name")
        _draw_cost(str(form.values["timm_name"]))
    with right:
        for name in names:
            if name != "timm_name":
                _draw_field(form, name)
    if form.config is not None:
        values = {name: form.values[name] for name in (*READ, *names)}
        with shown_errors():
            draw_answers(form.experiment, {SLOT: Ask(values, SLOT)}, _draw)
    with st.expander("All of them side by side"):
        st.markdown(_table())


def _draw_field(form: Form, name: str) -> None:
    """Draw the control of a field that the side panel leaves to this view."""
    spec = field_spec(form.experiment.config_class, name)
    if not spec.has_effect(form.values):
        return
    value = editors.draw(spec, form.values, state.widget_key(form.experiment.name, name))
    if value != form.values[name]:
        apply_changes(form.experiment, {name: value})
        st.rerun()


def _draw_cost(name: str) -> None:
    known = CATALOGUE[name]
    st.markdown(known.sentence)
    with st.container(horizontal=True):
        st.metric("Parameters", _short(known.num_parameters), width="content")
        st.metric("Multiplications an image", _short(known.multiply_adds), width="content")
    st.caption(
        f"As timm builds it by this name, for images of {known.image_size} × {known.image_size} "
        "pixels and 1,000 classes."
    )


def _table() -> str:
    header = ["Network", "Parameters", "Multiplications", "Made for", "Patch"]
    rows = [
        [
            known.title,
            _short(known.num_parameters),
            _short(known.multiply_adds),
            str(known.image_size),
            str(known.patch_size or "–"),
        ]
        for known in CATALOGUE.values()
    ]
    return markdown_table(header, rows)


def _short(number: int) -> str:
    """Return a number in millions or billions, three digits."""
    return f"{number / 1e9:.3g} B" if number >= 1e9 else f"{number / 1e6:.3g} M"


def _draw(runs: Runs) -> None:
    run = runs.get(SLOT)
    if run is None or not run.is_over:
        share = 0.0 if run is None else run.epoch / max(1, int(run.config.get("epochs", 1)))
        is_fetching = run is not None and run.config.get("probe_weights") == "pretrained"
        text = f"Fetching the weights, {share:.0%}" if is_fetching else "Asking the network"
        st.progress(min(1.0, share), text=text)
        return
    if run.state != RunState.COMPLETED:
        st.error(run.sentence, icon=":material/error:")
        return
    found = run.result[SLOT]
    picture, words = st.columns([2, 3], gap="large")
    with picture:
        _draw_image(run, found)
    with words:
        if found["refused_at"]:
            _draw_refusal(found)
        else:
            _draw_success(found)
        if found["weights"]:
            st.caption(found["weights"])


def _draw_image(run: RunRecord, found: Mapping[str, Any]) -> None:
    frame = store().live_frame(run.id)
    if frame is None:
        return
    arrays = decode_frame(frame.blob)[2].arrays
    image, seen = arrays["image"], arrays.get("seen")
    size = len(image)
    scale = max(1, PICTURE_PIXELS // size)
    caption = f"Test image {found['row']}: {plain(found['label'])}, {size} × {size} pixels"
    if seen is not None:
        caption += ". Striped: pixels without any part in the answer" if (seen == 0).any() else ""
    st.image(
        seen_picture(image, seen, found.get("patch_pixels", 0), scale=scale),
        width=size * scale,
        caption=caption,
        alt="The image, striped where the network does not see it",
    )


def _draw_refusal(found: Mapping[str, Any]) -> None:
    when = "could not be built" if found["refused_at"] == "creation" else "refuses the image"
    st.error(
        f"The network {when}. **{found['error_type']}:** `{found['error']}`",
        icon=":material/error:",
    )
    if found["meaning"]:
        st.markdown(found["meaning"])
    if "fed" in found:
        st.caption(f"It was given numbers of the shape {_shape(found['fed'])}.")


def _draw_success(found: Mapping[str, Any]) -> None:
    with st.container(horizontal=True):
        if "grid" in found:
            rows, columns = found["grid"]
            st.metric("Patches", f"{rows} × {columns}", width="content")
            st.metric("Tokens", found["num_tokens"], width="content")
        else:
            side = found["last_map"]
            st.metric("Last feature maps", f"{side} × {side}", width="content")
        st.metric("Pixels seen", f"{found['seen_share']:.1%}", width="content")
        st.metric("An image takes", f"{1000 * found['seconds']:.3g} ms", width="content")
    st.markdown(_sight(found))
    if found["answers"]:
        st.markdown(
            markdown_table(
                ["ImageNet class", "Probability"],
                [[answer["name"], f"{answer['prob']:.1%}"] for answer in found["answers"]],
            )
        )
    st.caption(
        f"In: {_shape(found['fed'])}, out: {_shape(found['output'])}; "
        f"{found['num_parameters']:,} parameters. Pixels are seen where the gradient of the output "
        "with respect to them is not 0."
    )


def _sight(found: Mapping[str, Any]) -> str:
    """Say what changing pixels did to the answer."""
    inside = f"by {found['change_seen']:.2g}"
    if found["seen_share"] == 1:
        return f"The image fits and all of it is seen: other pixels change the outputs {inside}."
    text = (
        "It works, but **part of the image is not seen**. All pixels outside were changed: the "
        f"output changed by **{_exactly(found['change_unseen'])}**. Those inside change it "
        f"{inside}."
    )
    if found["name"].startswith("resnet") and not found["is_pretrained"]:
        return f"{text} {_SILENT_BRANCHES}"
    if found.get("grid") == [1, 1]:
        text += " With a single patch, attention has nothing to choose from either."
    return text


def _exactly(change: float) -> str:
    return "0.0" if change == 0 else f"{change:.2g}"


_SILENT_BRANCHES = (
    "Here that is the initial weights' doing: timm starts each residual branch of a ResNet at "
    "zero, so an untrained one reads only the pixels that its shortcuts pass on."
)


def _shape(sizes: list[int]) -> str:
    return " × ".join(f"{size:,}" for size in sizes)
