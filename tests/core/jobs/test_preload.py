"""What a worker needs is loaded before it is forked: a later import delays every run."""

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import json, sys
import rdfia_core.jobs.preload
before = set(sys.modules)
from rdfia_core.jobs.submission import submit
from rdfia_core.jobs.worker import run_in_worker
from rdfia_core.settings import Settings
from rdfia_core.store import RunState, RunStore
settings = Settings()
store = RunStore(settings.store_url)
values = {"stage": "optim", "epochs": 1, "num_points": 20}
run_id = submit(store, settings, "circle_mlp", values, owner="ada", state=RunState.STARTING)
run_in_worker(run_id, settings)
print(json.dumps([store.run(run_id).state, sorted(set(sys.modules) - before)]))
"""


def test_a_run_imports_next_to_nothing_after_the_preload(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "RDFIA_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    state, late = json.loads(done.stdout.splitlines()[-1])
    assert state == "completed"
    assert len(late) <= 12, late
