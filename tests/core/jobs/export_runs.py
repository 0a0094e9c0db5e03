"""Small runs that are executed here, for the tests of what is made of runs."""

from typing import Any

from rdfia_core.jobs.execution import Execution
from rdfia_core.jobs.submission import submit
from rdfia_core.settings import Settings
from rdfia_core.store import RunRecord, RunState, RunStore

IMAGES = {"dataset": "digits", "num_train": 200, "num_val": 60, "epochs": 1, "device": "cpu"}
SMALL: dict[str, dict[str, Any]] = {
    "circle_mlp": {"epochs": 3, "device": "cpu", "num_points": 80},
    "svm_kernels": {"num_points": 80},
    "mnist_mlp": {**IMAGES, "hidden_layers": "12"},
    "cifar_cnn": {**IMAGES, "architecture": "conv 4 k3, relu, pool 2", "batch_norm": True},
    "vit": {**IMAGES, "patch_size": 2, "embed_dim": 8, "depth": 2, "num_heads": 2},
}


def executed(store: RunStore, settings: Settings, lab: str, **values: Any) -> RunRecord:
    config = {**SMALL[lab], **values}
    run_id = submit(store, settings, lab, config, owner="ada", state=RunState.STARTING)
    Execution(store, store.run(run_id), settings).run()
    run = store.run(run_id)
    assert run.state is RunState.COMPLETED, run.sentence
    return run
