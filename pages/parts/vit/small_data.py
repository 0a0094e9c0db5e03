"""Small data: what carried-over weights are worth, by how many images there are to learn from."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.controls import Form
from app.identity import authorised_run, current_owner
from app.live import figure_view
from app.resources import image_library
from app.side_task import draw_task
from pages.parts.images.study_fields import draw_line, draw_number, draw_refusal, draw_seeds
from rdfia_core.config import field_specs
from rdfia_core.errors import RdfiaError
from rdfia_core.figures.small_data import small_data_figure
from rdfia_core.figures.tables import markdown_table, told_difference, told_spread
from rdfia_core.store import RunRecord
from rdfia_core.training.small_data_config import SmallDataConfig, check_small_data, size_plans

LABELS = ("From scratch", "Carried over")
CURVE = "test_accuracy"
READ_SECTIONS = ("Small data",)
SET_BY_TASK = ("num_train", "num_val", "patience", "epochs", "shown_image")


def draw_small_data(form: Form) -> None:
    """Draw what is compared, the button, and what came out so far."""
    st.markdown(
        "The same network learns **from scratch** and from **carried-over weights**, on training "
        "sets of growing size. Each pair of runs has the same seed: the same images, in the same "
        "order, and the larger sets contain the smaller. **Ask yourself** from how many images on "
        "the head start no longer shows."
    )
    draw_line(form, "sizes", "sizes")
    left, right = st.columns(2)
    with left:
        draw_number(form, "study_steps", "steps")
    with right:
        draw_seeds(form)
    draw_refusal(form)
    if not _is_ready(form):
        return
    draw_task(
        form,
        "small_data",
        label="Compare",
        show=_show,
        streams=True,
        compares_hidden=True,
        varied=_not_read(form),
    )


def _is_ready(form: Form) -> bool:
    """Say what will be trained, or what is missing for it."""
    if not isinstance(form.config, SmallDataConfig):
        return False
    source = str(form.values["init_from"])
    if source == "scratch":
        st.info(
            "Choose first what to carry over: open **Fine-tune** and take one of your finished "
            "runs on another data set, or weights of timm.",
            icon=":material/move_down:",
        )
        return False
    try:
        check_small_data(form.config, image_library().status(form.config.dataset).num_train)
        if source.startswith("run:"):
            _draw_overlap(form.config, authorised_run(source.removeprefix("run:"), current_owner()))
    except RdfiaError as error:
        st.error(str(error), icon=":material/error:")
        return False
    st.caption(_plan(form.config))
    return True


def _draw_overlap(config: SmallDataConfig, source: RunRecord) -> None:
    if source.config.get("dataset") == config.dataset:
        st.warning(
            f"The run that weights are carried over from was trained on {config.dataset}, too: it "
            "has already learned from images that a small set leaves out. Take a run on another "
            "data set to see what transfer is worth.",
            icon=":material/content_copy:",
        )


def _plan(config: SmallDataConfig) -> str:
    plans = size_plans(config)
    seeds = f"{config.num_seeds} {'seed' if config.num_seeds == 1 else 'seeds'}"
    sizes = f"{len(plans)} {'size' if len(plans) == 1 else 'sizes'}"
    updates = _range([plan.steps for plan in plans])
    return (
        f"{sizes} × 2 starts × {seeds} = **{2 * len(plans) * config.num_seeds} runs**, {updates} "
        "updates each (whole epochs), one after the other. No image is held out to choose "
        "settings by, and nothing stops early. What is finished is shown, and kept if you cancel."
    )


def _not_read(form: Form) -> tuple[str, ...]:
    """Name the fields that the task sets itself, or does not read."""
    config_class = form.experiment.config_class
    others = set(config_class.hidden_sections) - set(READ_SECTIONS)
    hidden = [spec.name for spec in field_specs(config_class) if spec.section in others]
    return (*SET_BY_TASK, *(name for name in hidden if name != "num_seeds"))


def _show(run: RunRecord) -> None:
    study = run.result.get("small_data")
    if not study or not any(each["ends"] for each in study["runs"]):
        return
    sizes = [plan["size"] for plan in study["sizes"]]
    figure_view(
        small_data_figure(LABELS, sizes, study["runs"]),
        key=f"{run.experiment}/small_data/figure",
        alt=f"Test accuracy over {', '.join(map(str, sizes))} training images, from scratch and "
        "carried over",
    )
    st.markdown(_table(sizes, study["summary"]))
    updates = _range([plan["steps"] for plan in study["sizes"]])
    pairs = _range([_num_pairs(arms) for arms in study["summary"]])
    st.caption(
        f"Test accuracy after {updates} updates on {run.config['dataset']}, device {run.device}, "
        f"weights carried over from {run.config['init_from']}; {pairs} pairs of runs a size. "
        "Points are runs, lines their mean, bands one standard deviation over seeds. The interval "
        "holds the mean difference of pairs, in points, with a confidence of 95 % (Student's t). "
        "Where it holds 0, chance may be all there is: take more seeds."
    )


def _table(sizes: Sequence[int], summary: Sequence[Sequence[Mapping[str, Any]]]) -> str:
    rows = []
    for size, arms in zip(sizes, summary, strict=True):
        difference = arms[1]["differences"].get(CURVE)
        against = "–" if difference is None else told_difference(difference, is_accuracy=True)
        rows.append([f"{size:,}", *(_mean(arm) for arm in arms), against])
    return markdown_table(["Training images", *LABELS, "Difference"], rows)


def _num_pairs(arms: Sequence[Mapping[str, Any]]) -> int:
    difference = arms[1]["differences"].get(CURVE)
    return 0 if difference is None else len(difference["values"])


def _range(numbers: Sequence[int]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _mean(arm: Mapping[str, Any]) -> str:
    final = arm["finals"].get(CURVE)
    mean = "–" if final is None else told_spread(final, is_accuracy=True)
    return f"{mean} ({arm['num_diverged']} diverged)" if arm["num_diverged"] else mean
