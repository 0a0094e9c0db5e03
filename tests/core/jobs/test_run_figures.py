"""Printed figures: of every lab, the same bytes each time, with what a reader must know on them."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from rdfia_core.errors import DataUnavailableError
from rdfia_core.figures.print.plane import draw_plane
from rdfia_core.figures.print.sheet import saved, style
from rdfia_core.jobs import run_figures
from rdfia_core.jobs.submission import submit
from rdfia_core.settings import Settings
from rdfia_core.store import RunStore
from tests.core.jobs.export_runs import SMALL, executed


def words_of(svg: bytes) -> str:
    root = ET.fromstring(svg)
    return " ".join(
        "".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")
    )


@pytest.mark.parametrize(
    ("lab", "expected"),
    [
        ("circle_mlp", ["x₁", "x₂", "training", "test", "class 1", "equal probability"]),
        ("svm_kernels", ["support vector on the margin", "at the bound C", "decision score 0"]),
        ("mnist_mlp", ["Confusion matrix", "true class", "12 of 12 hidden units"]),
        ("cifar_cnn", ["Confusion matrix", "predicted class", "4 of 4 filters"]),
        ("vit", ["Attention of the class token", "block 2", "head 2"]),
    ],
)
def test_the_last_picture_of_every_lab(
    store: RunStore, settings: Settings, lab: str, expected: list[str]
) -> None:
    run = executed(store, settings, lab)
    svg = run_figures.picture_svg(store, settings, run)
    words = words_of(svg)
    for word in (*expected, run.id, "seed 0", "on cpu"):
        assert word in words, word
    assert run_figures.picture_svg(store, settings, run) == svg
    png = run_figures.picture_png(store, settings, run)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert run_figures.picture_png(store, settings, run) == png


def test_curves_have_units_and_the_settings_below(store: RunStore, settings: Settings) -> None:
    run = executed(store, settings, "circle_mlp", learning_rate=0.07, seed=3)
    words = words_of(run_figures.curves_svg(store, settings, run))
    for word in ("Loss (nats)", "Accuracy (%)", "Epoch", "seed 3", "learning_rate 0.07"):
        assert word in words, word
    store.update_run(run.id, config={**run.config, "loss": "mse"})
    assert "nats" not in words_of(run_figures.curves_svg(store, settings, store.run(run.id)))


def test_a_name_with_dollar_signs_is_no_formula(store: RunStore, settings: Settings) -> None:
    run = executed(store, settings, "circle_mlp")
    store.update_run(run.id, name=r"costs $5 & <$\frac$>")
    words = words_of(run_figures.curves_svg(store, settings, store.run(run.id)))
    assert r"costs $5 & <$\frac$>" in words


def test_a_run_without_a_picture_says_so(store: RunStore, settings: Settings) -> None:
    run = store.run(submit(store, settings, "circle_mlp", SMALL["circle_mlp"], owner="ada"))
    with pytest.raises(DataUnavailableError, match="has no picture yet: it is queued after 0"):
        run_figures.picture_svg(store, settings, run)
    with pytest.raises(DataUnavailableError, match="has measured no loss"):
        run_figures.curves_png(store, settings, run)


def test_a_diverged_map_is_drawn(store: RunStore, settings: Settings) -> None:
    arrays = {"probs": np.full((1, 8, 8), 255, np.uint8)}
    points = {"x": [0.0], "y": [0.0], "label": [0], "split": [0], "num_classes": 2}
    with style():
        figure = draw_plane(arrays, {"extent": [-1, 1, -1, 1]}, points, "caption")
        assert b"<svg" in saved(figure, "svg", "title")
