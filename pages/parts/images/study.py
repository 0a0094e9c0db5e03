"""Study: change one factor, train baseline and variants with the same seeds, compare in pairs."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app import state
from app.controls import Form, apply_preset
from app.live import figure_view
from app.side_task import draw_task
from pages.parts.images.factors import draw_factor, draw_text
from pages.parts.images.study_fields import draw_refusal, draw_seeds
from pages.parts.images.train import images_of_epoch
from rdfia_core.config import field_specs
from rdfia_core.errors import DataUnavailableError
from rdfia_core.experiments import experiment_named
from rdfia_core.figures.study import study_curves_figure, study_differences_figure
from rdfia_core.figures.tables import markdown_table, told_difference, told_spread
from rdfia_core.store import RunRecord
from rdfia_core.training.study_config import StudiedImageConfig
from rdfia_core.training.variants import split_variants

CURVES = {
    "val_accuracy": "Validation accuracy",
    "test_accuracy": "Test accuracy",
    "train_now_accuracy": "Training accuracy",
    "val_loss": "Validation loss",
    "test_loss": "Test loss",
    "train_now_loss": "Training loss",
}


def draw_study(form: Form, network_factors: Sequence[str]) -> None:
    """Draw what is varied, the button, and what came out so far.

    Args:
        form: Of a lab whose config is a `StudiedImageConfig` and that has the task "study".
        network_factors: Fields of the lab's own network that are offered as factors.
    """
    st.markdown(
        "Change **one factor** and leave the rest as it is at the left. Baseline and variants are "
        "trained with the **same seeds**: the same images, initial weights and order of batches. "
        "So each pair of runs differs in the factor alone, and seeds tell how much is chance."
    )
    _draw_reports_studies(form)
    draw_factor(form, network_factors)
    draw_seeds(form)
    draw_text(form)
    draw_refusal(form)
    if isinstance(form.config, StudiedImageConfig):
        st.caption(_plan(form.config))
    draw_task(
        form,
        "study",
        label="Run the study",
        show=_show,
        streams=True,
        compares_hidden=True,
        varied=("shown_image", *_not_read(form)),
    )


def _not_read(form: Form) -> list[str]:
    """Name the fields that only other tasks than training and the study read."""
    config_class = form.experiment.config_class
    others = set(config_class.hidden_sections) - {"Study"}
    return [spec.name for spec in field_specs(config_class) if spec.section in others]


def _draw_reports_studies(form: Form) -> None:
    presets = {p.name: p for p in form.experiment.presets if p.name.startswith("study_")}
    if not presets:
        return
    key = f"{form.experiment.name}/study/preset"

    def apply() -> None:
        if name := state.widget_value(key):
            apply_preset(form.experiment, presets[name])

    chosen = st.selectbox(
        "A study of the printed report",
        list(presets),
        index=None,
        format_func=lambda name: presets[name].title.removeprefix("Study: ").capitalize(),
        placeholder="Choose one, or set up your own below",
        key=key,
        on_change=apply,
        help="Sets all of the form as in the report, CIFAR-10 included. Then lower the epochs, the "
        "training images or the seeds to what your machine can do.",
    )
    if chosen is not None:
        st.caption(presets[chosen].lesson)


def _plan(config: StudiedImageConfig) -> str:
    arms = 1 + len(split_variants(config.variants))
    try:
        images = f" of {images_of_epoch(config):,} training images"
    except DataUnavailableError:
        images = ""
    return (
        f"{arms} {'setting' if arms == 1 else 'settings'} × {config.num_seeds} "
        f"{'seed' if config.num_seeds == 1 else 'seeds'} = **{arms * config.num_seeds} runs**, "
        f"{config.epochs} epochs{images} each, one after the other. What is finished is shown, and "
        "kept if you cancel."
    )


def _show(run: RunRecord) -> None:
    study = run.result.get("study")
    if not study:
        return
    key = f"{run.experiment}/study"
    labels = ["Baseline", *(_label(run, arm["changes"]) for arm in study["arms"][1:])]
    offered = [name for name in CURVES if any(r.get(name, [None])[0] for r in study["runs"])]
    curve = str(
        st.segmented_control(
            "Compare by",
            offered,
            default=offered[0],
            format_func=CURVES.__getitem__,
            required=True,
            key=f"{key}/curve",
            help="Choose settings by the validation part; the test part only reports.",
        )
    )
    figure_view(
        study_curves_figure(labels, study["runs"], curve, CURVES[curve]),
        key=f"{key}/curves",
        alt=f"{CURVES[curve]} over the epochs for {', '.join(labels)}",
    )
    summary = study["summary"]
    if len(labels) > 1 and any(curve in row["differences"] for row in summary):
        figure_view(
            study_differences_figure(
                labels[1:],
                [row["differences"].get(curve) for row in summary[1:]],
                is_accuracy=curve.endswith("accuracy"),
            ),
            key=f"{key}/differences",
            alt=f"Difference in {CURVES[curve].lower()} from the baseline",
        )
    st.markdown(_table(labels, summary, curve))
    st.caption(
        f"Final values on {_data(run)}, device {run.device}. Mean ± standard deviation over "
        "seeds; the interval holds the mean difference of pairs with a confidence of 95 % "
        "(Student's t). Where it holds 0, chance may be all there is: take more seeds."
    )


def _data(run: RunRecord) -> str:
    count = int(run.config["num_train"])
    part = f"{count:,} training images" if count else "all training images but the validation's"
    return f"{run.config['dataset']}, {part}"


def _label(run: RunRecord, changes: Mapping[str, str]) -> str:
    """Say what an arm changes, in the form's words."""
    config_class = experiment_named(run.experiment).config_class
    specs = {spec.name: spec for spec in field_specs(config_class)}
    words = {"true": "on", "false": "off"}
    return ", ".join(
        f"{specs[name].label} {specs[name].choice_labels.get(value, words.get(value, value))}"
        for name, value in changes.items()
    )


def _table(labels: Sequence[str], summary: Sequence[Mapping[str, Any]], curve: str) -> str:
    rows, is_accuracy = [], curve.endswith("accuracy")
    for label, row in zip(labels, summary, strict=True):
        final, difference = row["finals"].get(curve), row["differences"].get(curve)
        ended = str(row["num_ended"])
        if row["num_diverged"]:
            ended += f" ({row['num_diverged']} diverged)"
        is_baseline = label == labels[0]
        against, mean = "–", "–"
        if difference is not None and not is_baseline:
            against = told_difference(difference, is_accuracy=is_accuracy)
        if final is not None:
            mean = told_spread(final, is_accuracy=is_accuracy)
        rows.append([label, ended, mean, against])
    header = ["Setting", "Runs ended", CURVES[curve], "Difference from the baseline"]
    return markdown_table(header, rows)
