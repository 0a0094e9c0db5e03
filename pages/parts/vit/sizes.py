"""Larger images than a network was built for: which one takes them."""

from typing import Any

import streamlit as st

from app.controls import Form
from app.instant import Ask, Runs, completed_run, draw_answers
from app.messages import shown_errors
from rdfia_core.figures.tables import markdown_table

SLOT = "sizes"
READ = (
    "dataset", "shown_image", "seed", "device", "augmentation", "backbone", "init_from",
    "patch_size", "input_size", "embed_dim", "depth", "num_heads", "mlp_ratio", "pool",
    "pos_embedding",
)  # fmt: skip
NAMES = {
    "cnn_fc": "CNN, fully connected layers",
    "cnn_gap": "CNN, global average pooling",
    "vit": "The form's transformer",
}


def draw_sizes(form: Form) -> None:
    """Draw what each network makes of one image at three sizes."""
    st.markdown(
        "Filters slide over images of any size. So a CNN takes larger images **up to its first "
        "fully connected layer**, which has a weight for each place. Global average pooling makes "
        "one number of each map, whatever its size: the limit is gone. A transformer's patches "
        "and attention have no limit either, but its positions are counted."
    )
    if form.config is None:
        return
    with shown_errors():
        values = {name: form.values[name] for name in READ}
        draw_answers(form.experiment, {SLOT: Ask(values, SLOT)}, _draw)


def _draw(runs: Runs) -> None:
    run = completed_run(runs, SLOT, "Asking the networks …")
    if run is None:
        return
    rows: list[dict[str, Any]] = run.result[SLOT]["rows"]
    sides = sorted({row["size"] for row in rows})
    answers = {(row["network"], row["size"]): row for row in rows}
    header = ["Network", *(f"{side}×{side}" for side in sides)]
    asked = [name for name in NAMES if any(row["network"] == name for row in rows)]
    st.markdown(
        markdown_table(
            header,
            [[NAMES[name], *(_answer(answers[name, side]) for side in sides)] for name in asked],
        )
    )
    for name in asked:
        refusals = [answers[name, side] for side in sides if "error" in answers[name, side]]
        if refusals:
            st.error(
                f"{NAMES[name]}, {refusals[0]['size']} × {refusals[0]['size']}. "
                f"**RuntimeError:** `{refusals[0]['error']}`",
                icon=":material/error:",
            )
    st.caption(
        f"All built for {sides[0]} × {sides[0]}, with initial weights; the image is enlarged. "
        "The errors are PyTorch's own."
    )


def _answer(row: dict[str, Any]) -> str:
    return "×".join(str(size) for size in row["output"]) if "output" in row else "error"
