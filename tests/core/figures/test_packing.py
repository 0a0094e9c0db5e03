"""Frames and packets come out of the packing as they went in; quantisation stays within a step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rdfia_core.errors import ShapeError
from rdfia_core.events import Snapshot
from rdfia_core.figures.packing import (
    decode_frame,
    decode_packet,
    encode_frame,
    encode_packet,
    json_column,
)
from rdfia_core.figures.quantise import quantise_probs, quantise_rest, quantise_units

shapes = hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=5)


@given(
    st.dictionaries(
        st.sampled_from(["probs", "units", "weights"]),
        hnp.arrays(st.sampled_from([np.uint8, np.int32, np.float32]), shapes),
        max_size=3,
    )
)
def test_a_frame_survives_packing(arrays: dict[str, np.ndarray]) -> None:
    blob = encode_frame(7, 0.35, Snapshot(arrays, {"layers": [2, 3]}))
    step, epoch, snapshot = decode_frame(blob)
    assert (step, epoch, snapshot.info) == (7, 0.35, {"layers": [2, 3]})
    assert set(snapshot.arrays) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(snapshot.arrays[name], array)


def test_arrays_lie_on_multiples_of_four() -> None:
    arrays = {"probs": np.zeros(3, np.uint8), "weights": np.arange(2, dtype=np.float32)}
    _, _, snapshot = decode_frame(encode_frame(0, 0.0, Snapshot(arrays)))
    assert snapshot.arrays["weights"].tolist() == [0.0, 1.0]


def test_a_dtype_that_the_browser_does_not_read_is_refused() -> None:
    with pytest.raises(ShapeError, match="float64"):
        encode_frame(0, 0.0, Snapshot({"probs": np.zeros(2)}))


def test_a_packet_survives_packing() -> None:
    packet = encode_packet({"run": {"id": "é"}}, [b"abc", b"", b"\0\1"])
    assert decode_packet(packet) == ({"run": {"id": "é"}}, b"abc\0\1")


def test_other_bytes_are_not_a_packet() -> None:
    with pytest.raises(ShapeError, match="RDF1"):
        decode_packet(b"GIF89a......")


def test_what_is_not_finite_becomes_null() -> None:
    values = np.array([1.5, np.nan, np.inf, -np.inf])
    assert json_column(values) == [1.5, None, None, None]


@given(hnp.arrays(np.float64, (1, 4, 4), elements=st.floats(0, 1)))
def test_probabilities_are_quantised_to_within_half_a_step(probs: np.ndarray) -> None:
    assert np.abs(quantise_probs(probs) / 254.0 - probs).max() <= 0.5 / 254 + 1e-12


def test_nan_has_a_code_of_its_own() -> None:
    assert quantise_probs(np.array([np.nan, 0.0, 1.0])).tolist() == [255, 0, 254]


def test_the_rest_makes_probabilities_250_times_finer() -> None:
    probs = np.append(np.random.default_rng(0).random((1, 50, 50)), [[[0.0] * 50, [1.0] * 50]], 1)
    codes = quantise_probs(probs)
    rest = quantise_rest(probs, codes)
    found = (codes + (rest.astype(float) - 127) / 254) / 254
    assert np.abs(found - probs).max() <= 0.5 / 254**2 + 1e-9
    assert quantise_rest(np.array([np.nan]), np.array([255], np.uint8)).tolist() == [127]
    codes, _ = quantise_units(np.array([[[np.nan, 1.0, -1.0, 0.0]]]))
    assert codes.ravel().tolist() == [255, 254, 0, 127]


@given(
    hnp.arrays(np.float32, (3, 4, 4), elements=st.floats(-50, 50, width=32, allow_subnormal=False))
)
def test_units_are_quantised_to_within_a_step_of_their_scale(values: np.ndarray) -> None:
    codes, scale = quantise_units(values)
    restored = (codes.astype(float) - 127) / 127 * scale[:, None, None]
    assert (np.abs(restored - values) <= scale[:, None, None] / 127 * 0.51 + 1e-6).all()
