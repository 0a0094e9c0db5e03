"""Real processes, killed without warning: nothing is lost, and the weights come out the same."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from rdfia_core.jobs.dispatcher import SERVICE
from rdfia_core.jobs.engines import FreshProcessEngine
from rdfia_core.jobs.handles import find_process
from rdfia_core.jobs.launch import ROOT, ensure_dispatcher, is_at_work
from rdfia_core.jobs.submission import submit
from rdfia_core.jobs.sweep_plan import SweepPlan
from rdfia_core.jobs.sweeps import start_sweep
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunState, RunStore
from rdfia_core.store.sweep_store import SweepStore

DEADLINE_SECONDS = 60.0
CONFIG = {"epochs": 120, "num_points": 80, "hidden_layers": "12,12", "dropout": 0.1}


def wait_for(condition: Callable[[], object], what: str, seconds: float = DEADLINE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"gave up waiting for {what}"
        time.sleep(0.02)


def dispatcher_process(store: RunStore) -> psutil.Process:
    heard = store.service(SERVICE)
    assert heard is not None
    return psutil.Process(int(heard[1]["handle"].split(":")[0]))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setenv("RDFIA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RDFIA_SLOTS", "2")
    settings = Settings()
    yield settings
    store = RunStore(settings.store_url)
    for run in store.runs():
        store.command(run.id, "stop")
    heard = store.service(SERVICE)
    store.close()
    if heard and psutil.pid_exists(pid := int(heard[1]["handle"].split(":")[0])):
        os.kill(pid, signal.SIGKILL)
    for process in psutil.process_iter(["environ"]):
        environment = process.info["environ"] or {}
        if environment.get("RDFIA_HOME") == str(settings.home) and process.pid != os.getpid():
            process.kill()


def start(settings: Settings, store: RunStore, speed: float | None = 40.0) -> str:
    run_id = submit(store, settings, "circle_mlp", CONFIG, owner="ada", speed=speed)
    ensure_dispatcher(settings)
    return run_id


def reference_weights(settings: Settings, store: RunStore) -> bytes:
    run_id = start(settings, store, speed=None)
    wait_for(lambda: store.run(run_id).is_over, "the undisturbed run")
    assert store.run(run_id).state is RunState.COMPLETED
    return weights(settings, run_id)


def weights(settings: Settings, run_id: str) -> bytes:
    data = (settings.run_dir(run_id) / "weights.safetensors").read_bytes()
    length = int.from_bytes(data[:8], "little")
    return data[8 + length :]


def has_checkpoint(settings: Settings, run: RunRecord) -> bool:
    return (settings.run_dir(run.id) / "checkpoint.safetensors").exists()


def test_a_killed_worker_is_resumed_with_the_same_final_weights(home: Settings) -> None:
    store = RunStore(home.store_url)
    expected = reference_weights(home, store)
    run_id = start(home, store)
    wait_for(lambda: has_checkpoint(home, store.run(run_id)), "a checkpoint")
    os.kill(int(store.run(run_id).handle.split(":")[0]), signal.SIGKILL)
    wait_for(lambda: store.run(run_id).attempt == 2, "the resumption")
    wait_for(lambda: store.run(run_id).is_over, "the end of the resumed run")
    run = store.run(run_id)
    assert run.state is RunState.COMPLETED
    assert store.metrics(run_id).columns["epoch"].tolist() == list(range(121))
    assert weights(home, run_id) == expected
    store.close()


def test_a_killed_dispatcher_loses_nothing(home: Settings) -> None:
    store = RunStore(home.store_url)
    expected = reference_weights(home, store)
    run_id = start(home, store)
    wait_for(lambda: store.run(run_id).epoch > 5, "the run to be under way")
    worker = store.run(run_id).handle
    dispatcher = dispatcher_process(store)
    dispatcher.kill()
    dispatcher.wait(10)
    waiting = submit(store, home, "circle_mlp", CONFIG, owner="bob")
    wait_for(lambda: not is_at_work(home), "the lock to be free")
    assert ensure_dispatcher(home)
    wait_for(lambda: store.run(waiting).is_over, "the run submitted meanwhile")
    assert store.run(run_id).handle in (worker, "")
    wait_for(lambda: store.run(run_id).is_over, "the run that went on")
    assert store.run(run_id).state is RunState.COMPLETED
    assert store.run(run_id).attempt == 1
    assert weights(home, run_id) == expected
    store.close()


def test_there_is_one_dispatcher_however_often_it_is_started(home: Settings) -> None:
    store = RunStore(home.store_url)
    start(home, store)
    wait_for(lambda: store.service(SERVICE) is not None, "the dispatcher")
    first = dispatcher_process(store).pid
    second = subprocess.run(
        [sys.executable, "-m", "rdfia_core.jobs"], check=False, timeout=30, env=dict(os.environ)
    )
    assert second.returncode == 0
    assert dispatcher_process(store).pid == first
    store.close()


def test_the_end_of_the_starting_process_does_not_end_the_run(home: Settings) -> None:
    store = RunStore(home.store_url)
    script = (
        "from rdfia_core.settings import Settings; from rdfia_core.store import RunStore;"
        "from rdfia_core.jobs.submission import submit;"
        "from rdfia_core.jobs.launch import ensure_dispatcher;"
        "s = Settings(); ensure_dispatcher(s);"
        f"print(submit(RunStore(s.store_url), s, 'circle_mlp', {CONFIG!r}, owner='ada'))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60
    )
    run_id = printed.stdout.strip()
    wait_for(lambda: store.run(run_id).is_over, "the run")
    assert store.run(run_id).state is RunState.COMPLETED
    store.close()


def test_a_fresh_interpreter_runs_the_same_worker(home: Settings) -> None:
    store = RunStore(home.store_url)
    engine = FreshProcessEngine(home)
    config = {"epochs": 2, "num_points": 20}
    run_id = submit(store, home, "circle_mlp", config, owner="ada", state=RunState.STARTING)
    handle = engine.start(run_id)
    wait_for(lambda: store.run(run_id).is_over, "the run")
    assert store.run(run_id).state is RunState.COMPLETED
    assert engine._processes[0].wait(10) == 0
    assert engine.alive([handle]) == set()
    store.close()


def test_a_run_that_takes_too_much_memory_fails_alone(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RunStore(home.store_url)
    engine = FreshProcessEngine(home)
    greedy = {"num_points": 4000, "hidden_layers": "64,64,64,64,64,64", "batch_size": 0}
    run_id = submit(store, home, "circle_mlp", greedy, owner="ada", state=RunState.STARTING)
    monkeypatch.setenv("RDFIA_MAX_MEMORY_BYTES", str(4 * 2**20))
    engine.start(run_id)
    wait_for(lambda: store.run(run_id).is_over, "the run")
    run = store.run(run_id)
    assert run.state is RunState.FAILED
    assert "memory that one run may use" in run.sentence, run.traceback
    assert engine._processes[0].wait(10) == 0
    store.close()


def test_new_code_renews_the_dispatcher_and_its_runs_go_on(home: Settings, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "rdfia_core", tmp_path / "code" / "rdfia_core")
    home.home.mkdir(parents=True, exist_ok=True)
    store = RunStore(home.store_url)
    process = subprocess.Popen(
        [sys.executable, "-m", "rdfia_core.jobs"],
        cwd=tmp_path / "code",
        env={**os.environ, "PYTHONPATH": str(tmp_path / "code")},
    )
    run_id = submit(store, home, "circle_mlp", {"epochs": 4000}, owner="ada", speed=40.0)
    wait_for(lambda: store.run(run_id).epoch > 2, "the run")
    log = home.home / "dispatcher.log"
    (tmp_path / "code" / "rdfia_core" / "events.py").touch()
    wait_for(lambda: log.read_text().count("starts with") == 2, "the new dispatcher")
    assert "the code has changed" in log.read_text()
    assert process.poll() is None
    epoch = store.run(run_id).epoch
    wait_for(lambda: store.run(run_id).epoch > epoch + 5, "the run to go on")
    assert store.run(run_id).attempt == 1
    second = submit(store, home, "circle_mlp", {"epochs": 1}, owner="ada")
    wait_for(lambda: store.run(second).is_over, "a run by the new dispatcher")
    assert store.run(second).state is RunState.COMPLETED
    process.kill()
    process.wait()


def test_a_sweep_survives_a_killed_dispatcher_and_a_killed_worker(home: Settings) -> None:
    store = RunStore(home.store_url)
    words = ["epochs=60", "num_points=40", "dropout=0.1", "seed=0..11"]
    sweep_id = start_sweep(store, home, SweepPlan.build("circle_mlp", words), "ada")
    sweeps = SweepStore(store)
    ensure_dispatcher(home)
    wait_for(lambda: sweeps.progress(sweeps.sweep(sweep_id)).num_over >= 1, "the first run")
    dispatcher = dispatcher_process(store)
    dispatcher.kill()
    dispatcher.wait(10)
    for run in sweeps.runs(sweep_id):
        if run.state is RunState.RUNNING and (process := find_process(run.handle)) is not None:
            process.kill()
            break
    wait_for(lambda: not is_at_work(home), "the lock to be free")
    assert ensure_dispatcher(home)
    wait_for(lambda: sweeps.progress(sweeps.sweep(sweep_id)).num_over == 12, "all runs", 240.0)
    runs = sweeps.runs(sweep_id)
    assert {run.state for run in runs} == {RunState.COMPLETED}
    assert sorted(run.config["seed"] for run in runs) == list(range(12))
    for run in runs:
        assert store.metrics(run.id).columns["epoch"].tolist() == list(range(61))
    store.close()
