"""What goes in before anything trains: augmented images, normalised pixels, the learning rate."""

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.controls import Form
from app.instant import Ask, Runs, draw_answers
from app.live import figure_view
from app.messages import shown_errors
from app.resources import store
from app.sheets import sheet
from pages.parts.images.train import images_of_epoch
from rdfia_core.config import field_specs
from rdfia_core.errors import DataUnavailableError
from rdfia_core.events import Snapshot
from rdfia_core.figures.packing import decode_frame
from rdfia_core.figures.previews import histogram_figure, schedule_figure
from rdfia_core.training.image_config import ImageConfig
from rdfia_core.training.schedules import schedule_points

SLOT = "preview"
READ = ("dataset", "num_train", "num_val", "normalization", "augmentation", "seed")
VERSIONS_A_ROW = 8


def draw_previews(form: Form) -> None:
    """Draw the three previews."""
    if not isinstance(form.config, ImageConfig):
        return
    _draw_schedule(form.config, f"{form.experiment.name}/schedule")
    defaults = {spec.name: spec.default for spec in field_specs(type(form.config))}
    values = {**defaults, **{name: form.values[name] for name in READ}}
    with shown_errors():
        draw_answers(form.experiment, {SLOT: Ask(values, SLOT)}, _draw_pictures)


def _draw_schedule(config: ImageConfig, key: str) -> None:
    st.subheader("Learning rate")
    try:
        steps = math.ceil(max(1, images_of_epoch(config)) / config.batch_size)
    except DataUnavailableError:
        steps = 1
    epochs, rates = schedule_points(
        schedule=config.schedule,
        base=config.learning_rate,
        num_steps=steps * config.epochs,
        steps_per_epoch=steps,
        warmup_epochs=config.warmup_epochs,
    )
    figure_view(
        schedule_figure(epochs, rates),
        key=key,
        alt=f"Learning rate over {config.epochs} epochs, schedule {config.schedule}",
    )
    st.caption(
        f"{steps * config.epochs:,} steps, {steps:,} an epoch; from {rates[0]:.3g} to "
        f"{rates[-1]:.3g}."
    )


def _draw_pictures(runs: Runs) -> None:
    run = runs.get(SLOT)
    if run is None or not run.is_over:
        st.caption("Drawing the images …")
        return
    frame = store().live_frame(run.id)
    if frame is None:
        st.error(run.sentence, icon=":material/error:")
        return
    snapshot = decode_frame(frame.blob)[2]
    _draw_augmented(snapshot, str(run.config["augmentation"]))
    kind = str(run.config["normalization"])
    _draw_normalized(snapshot, kind, f"{run.experiment}/histogram")


def _draw_augmented(snapshot: Snapshot, names: str) -> None:
    arrays, info = snapshot.arrays, snapshot.info
    st.subheader("Augmentation")
    if names == "none":
        st.markdown(
            "None: the network sees each image the same way every time. Choose some at the left, "
            "and each image appears here as it might look in sixteen different epochs."
        )
        return
    st.markdown(
        "The same four training images as they might look in sixteen epochs. **Ask yourself** "
        "whether you could still name each one: what you cannot tell, it cannot learn."
    )
    for label, original, versions in zip(
        info["labels"], arrays["originals"], arrays["augmented"], strict=True
    ):
        left, right = st.columns([1, 7], vertical_alignment="center")
        left.image(
            sheet(original[None], columns=1, scale=4),
            caption=label,
            width=96,
            alt=f"A training image of the class {label}",
        )
        right.image(
            sheet(versions, columns=VERSIONS_A_ROW, scale=4),
            width="stretch",
            alt=f"{len(versions)} augmented versions of it",
        )


def _draw_normalized(snapshot: Snapshot, kind: str, key: str) -> None:
    arrays, info = snapshot.arrays, snapshot.info
    st.subheader("Normalisation")
    count = len(arrays["originals"])
    left, right = st.columns(2)
    left.image(
        sheet(arrays["originals"], columns=count, scale=4),
        caption="Before",
        alt="Before normalisation",
    )
    limit = f"{info['limit']:.3g}"
    shade = "between black and white" if kind in ("none", "l1", "l2") else "around grey, which is 0"
    right.image(
        sheet(arrays["normalized"], columns=count, scale=4),
        alt="After normalisation",
        caption=f"After, drawn {shade}; the largest value is {limit}",
    )
    figure_view(
        histogram_figure(arrays["histogram"], info),
        key=key,
        alt="How often each pixel value occurs before and after normalisation",
    )
    st.caption(_moments(info))


def _moments(info: Mapping[str, Any]) -> str:
    """Say mean and standard deviation before and after."""

    def told(side: int) -> str:
        pairs = zip(info["means"][side], info["stds"][side], strict=True)
        return ", ".join(f"{mean:.3g} ± {std:.3g}" for mean, std in pairs)

    return (
        f"Mean ± standard deviation of each channel over {info['num_images']:,} training images: "
        f"{told(0)} before, {told(1)} after. What is fitted is fitted on training images alone."
    )
