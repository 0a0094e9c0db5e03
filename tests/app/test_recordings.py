"""The recordings that ship with the site are what the code of today computes."""

from pathlib import Path

import pytest

from rdfia_core.events import End
from rdfia_core.experiments import Context, experiment_named
from rdfia_core.figures.packing import decode_frame, decode_packet

RECORDINGS = sorted((Path(__file__).parents[2] / "app" / "static" / "recordings").glob("*.bin"))


def test_there_is_one() -> None:
    assert [path.stem for path in RECORDINGS] == ["circle_mlp"]


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording_is_what_a_run_of_its_config_gives(path: Path, tmp_path: Path) -> None:
    header, _ = decode_packet(path.read_bytes())
    recorded = header["run"]
    assert recorded["state"] == "completed"
    experiment = experiment_named(recorded["experiment"])
    config = experiment.config_class.build(recorded["config"])
    assert config == experiment.config_class()
    last = list(experiment.load_task("train")(config, Context("cpu", tmp_path, recorded["live"])))[
        -1
    ]
    assert isinstance(last, End)
    for name, values in header["metrics"]["columns"].items():
        if name in last.metrics:
            # Another processor may round differently, and 3,000 steps carry it on.
            assert values[-1] == pytest.approx(last.metrics[name], rel=0.02, abs=0.005)


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording_is_small_and_its_pictures_can_be_read(path: Path) -> None:
    header, blobs = decode_packet(path.read_bytes())
    assert path.stat().st_size < 1_000_000
    assert len(header["frames"]) >= 40
    for frame in header["frames"]:
        step, _, snapshot = decode_frame(blobs[frame["offset"] : frame["offset"] + frame["length"]])
        assert step == frame["step"]
        assert {"probs", "units", "weights"} <= set(snapshot.arrays)
