"""A run that starts from another one: whose it may be, and what it needs to have."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rdfia_core.errors import DataUnavailableError
from rdfia_core.jobs.submission import submit
from rdfia_core.jobs.trained import trained_run
from rdfia_core.settings import Settings
from rdfia_core.store import RunState, RunStore
from rdfia_core.training.checkpoints import WEIGHTS_FILE, save_arrays


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("RDFIA_HOME", str(tmp_path))
    monkeypatch.delenv("RDFIA_DATA_DIR", raising=False)
    return Settings()


@pytest.fixture
def store(settings: Settings) -> Iterator[RunStore]:
    opened = RunStore(settings.store_url)
    yield opened
    opened.close()


def added(store: RunStore, settings: Settings, state: RunState, **values: object) -> str:
    run_id = submit(store, settings, "vit", values, owner="ada")
    store.update_run(run_id, state=state)
    return run_id


def test_gives_config_and_weights_of_an_ended_run(store: RunStore, settings: Settings) -> None:
    run_id = added(store, settings, RunState.COMPLETED, embed_dim=64)
    arrays = {"head.bias": np.arange(3, dtype=np.float32)}
    save_arrays(settings.run_dir(run_id) / WEIGHTS_FILE, arrays, {})
    trained = trained_run(store, settings, run_id, "ada")
    assert trained.experiment == "vit"
    assert trained.config["embed_dim"] == 64
    np.testing.assert_array_equal(trained.weights()["head.bias"], arrays["head.bias"])


def test_anothers_run_and_no_run_look_alike(store: RunStore, settings: Settings) -> None:
    run_id = added(store, settings, RunState.COMPLETED)
    for asked, owner in [(run_id, "eve"), ("nothing", "ada")]:
        with pytest.raises(DataUnavailableError, match=r"no run '\w+' of yours"):
            trained_run(store, settings, asked, owner)


def test_a_run_at_work_has_no_weights_to_start_from(store: RunStore, settings: Settings) -> None:
    run_id = added(store, settings, RunState.RUNNING)
    with pytest.raises(DataUnavailableError, match="is running"):
        trained_run(store, settings, run_id, "ada")


def test_weights_that_were_not_kept_are_named(store: RunStore, settings: Settings) -> None:
    run_id = added(store, settings, RunState.STOPPED)
    with pytest.raises(DataUnavailableError, match="were not kept"):
        trained_run(store, settings, run_id, "ada").weights()


def test_what_is_stored_is_what_will_be_run(store: RunStore, settings: Settings) -> None:
    source = added(
        store,
        settings,
        RunState.COMPLETED,
        dataset="digits",
        embed_dim=64,
        depth=3,
        patch_size=4,
        normalization="none",
    )
    init_from = f"run:{source}"
    run_id = submit(
        store, settings, "vit", {"init_from": init_from, "dataset": "shapes10"}, owner="ada"
    )
    config = store.run(run_id).config
    assert config["dataset"] == "shapes10"
    assert (config["embed_dim"], config["depth"], config["patch_size"]) == (64, 3, 4)
    assert (config["input_size"], config["input_channels"]) == (8, "grey")
    assert config["normalization"] == "none"  # as its weights are used to, unless asked otherwise
    asked = {"init_from": init_from, "normalization": "zca"}
    other = submit(store, settings, "vit", asked, owner="ada")
    assert store.run(other).config["normalization"] == "zca"
    with pytest.raises(DataUnavailableError, match="of yours"):
        submit(store, settings, "vit", {"init_from": init_from}, owner="eve")
