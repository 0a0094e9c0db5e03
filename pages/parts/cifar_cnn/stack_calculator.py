"""Calculators for whole networks: the receptive field of a stack, and weights compared."""

import streamlit as st

from app.messages import shown_errors
from pages.parts.cifar_cnn.layer_calculator import KEY
from rdfia_core.models.cnn.arithmetic import (
    LAB_STACK,
    MAX_IMAGE,
    Seen,
    parse_stack,
    receptive_fields,
    weight_counts,
)


def draw_stack() -> None:
    """Draw the text of a stack of layers, and what one value of each layer sees."""
    st.header("What one value sees: the receptive field")
    st.markdown(
        "Each layer widens the view by (k − 1) times the **jump**, the pixels of the image between "
        "two neighbours of the map below: pooling makes the views of all later layers grow faster."
    )
    left, right = st.columns(2, gap="large")
    with left:
        text = st.text_input(
            "Layers", LAB_STACK, max_chars=300, key=f"{KEY}/stack",
            help="From the image on, separated by commas: k5 is the kernel size, s2 the stride (1 "
            "if not said), p2 the padding (0 if not said), up rounds the output size up.",
        )  # fmt: skip
        size = int(st.number_input("Image size", 1, MAX_IMAGE, 32, key=f"{KEY}/image", width=155))
        st.markdown(
            "The text starts as the lab's network. Add `, k4`: its first fully connected layer is "
            "a 4 × 4 convolution. Then set the image size to 48: the same weights give a map of "
            "3 × 3 answers, one for each place."
        )
    with right, shown_errors():
        _draw_rows(receptive_fields(parse_stack(text), size), size)


def _draw_rows(rows: list[Seen], image_size: int) -> None:
    lines = ["| Layer | Output size | Jump | Receptive field |", "|:--|--:|--:|--:|"]
    for row in rows:
        size = f"{row.size} × {row.size}" if row.size else "–"
        layer = str(row.window).replace(" ", "\N{NO-BREAK SPACE}")
        field = f"**{row.receptive_field}** × {row.receptive_field}"
        lines.append(f"| `{layer}` | {size} | {row.jump} | {field} |")
    st.markdown("\n".join(lines))
    last = rows[-1].receptive_field
    sentence = f"One value of the last map sees {last} × {last} pixels"
    st.markdown(
        f"{sentence}: more than the image has, the rest is padding."
        if last > image_size
        else f"{sentence} of the {image_size} × {image_size}."
    )
    broken = next((number for number, row in enumerate(rows, start=1) if not row.size), 0)
    if broken:
        window = rows[broken - 1].window
        before = rows[broken - 2].size if broken > 1 else image_size
        st.warning(
            f"Layer {broken} does not fit: its kernel must be at most {before} + 2 × "
            f"{window.padding} pixels. Got {window.kernel_size}. Use a larger image, more padding "
            "or fewer strides before it.",
            icon=":material/warning:",
        )


def draw_counts() -> None:
    """Draw the weights of the lab's network beside those of other classifiers."""
    st.header("How many weights a classifier has")
    found = weight_counts()
    counted = {
        "The lab's network": found.lab,
        "The same, its first layer fully connected": found.dense_first,
        "Linear SVM on the raw pixels": found.raw_pixels,
        "Linear SVM on a bag of 1,000 words": found.bag_of_words,
    }
    lines = ["| Classifier, 10 classes | Weights and biases | Against the lab |", "|:--|--:|--:|"]
    lines += [f"| {name} | {n:,} | {_against(n, found.lab)} |" for name, n in counted.items()]
    left, right = st.columns(2, gap="large")
    left.markdown("\n".join(lines))
    total = " + ".join(f"{n:,}" for n in found.lab_layers.values())
    right.markdown(
        f"The lab's network: {total} = **{found.lab:,}**. Its convolutions hold "
        f"{found.convolutional_share:.1%}; the first fully connected layer holds most of the rest. "
        "The bag of words has few weights because its features are made by hand, not learned."
    )
    right.caption(
        "The printed report says 1,186,170 weights and 13.6%: an addition slip, its own layers "
        f"sum to {found.lab:,}."
    )


def _against(count: int, reference: int) -> str:
    if count == reference:
        return "1"
    return f"× {count / reference:.3g}" if count > reference else f"÷ {reference / count:.3g}"
