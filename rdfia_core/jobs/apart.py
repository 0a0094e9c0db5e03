"""Exports that the interface process must not make itself, made in a short process of its own.

matplotlib takes two seconds to load and 50 MB for good, and keeps its settings in globals that
threads share. A process that ends after its work costs the visitor these seconds and nobody else
anything.
"""

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

from rdfia_core.errors import DataUnavailableError, RdfiaError
from rdfia_core.jobs.launch import ROOT
from rdfia_core.settings import Settings

TIMEOUT_S = 180.0

# One at a time: a class that presses at once must not starve the runs.
_turnstile = threading.Semaphore(1)

Made = bytes | DataUnavailableError


def make_apart(settings: Settings, wanted: Sequence[tuple[str, str]]) -> list[Made]:
    """Make files of runs; the caller has authorised them.

    Args:
        settings: Of the deployment.
        wanted: Run id and name of the export, for each file.

    Returns:
        For each file its content, or the error that says why there is none.

    Raises:
        DataUnavailableError: If the process itself failed.
    """
    answers = _ask(settings, {"files": [list(item) for item in wanted]})
    return [
        base64.b64decode(answer["content"])
        if "content" in answer
        else DataUnavailableError(answer["problem"])
        for answer in answers
    ]


def send_apart(settings: Settings, run_id: str, uri: str) -> str:
    """Send a run to MLflow; return what was done, in a sentence.

    Raises:
        DataUnavailableError: If it could not be sent; the sentence says why.
    """
    answer = _ask(settings, {"run": run_id, "mlflow": uri})[0]
    if "problem" in answer:
        raise DataUnavailableError(answer["problem"])
    return str(answer["sentence"])


def _ask(settings: Settings, request: dict[str, Any]) -> list[dict[str, str]]:
    environment = {**os.environ, "RDFIA_HOME": str(settings.home), "MPLBACKEND": "agg"}
    paths = [str(ROOT), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    try:
        with _turnstile:
            done = subprocess.run(
                [sys.executable, "-m", "rdfia_core.jobs.apart"],
                input=json.dumps(request).encode(),
                cwd=ROOT,
                env=environment,
                capture_output=True,
                timeout=TIMEOUT_S,
                check=True,
            )
        answers: list[dict[str, str]] = json.loads(done.stdout)
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        raise DataUnavailableError(
            "The file could not be made: the process that makes it ended early. The run is as it "
            "was; try again in a minute."
        ) from error
    return answers


def _answers(request: dict[str, Any]) -> list[dict[str, str]]:
    """Do what is asked, in the process apart."""
    from rdfia_core.jobs.export import EXPORTS  # noqa: PLC0415  only the child needs them
    from rdfia_core.jobs.mlflow_target import send_run  # noqa: PLC0415
    from rdfia_core.store import RunStore  # noqa: PLC0415

    settings = Settings()
    store = RunStore(settings.store_url)
    answers: list[dict[str, str]] = []
    for run_id, name in request.get("files", ()):
        try:
            content = EXPORTS[name].make(store, settings, store.run(run_id))
            answers.append({"content": base64.b64encode(content).decode()})
        except RdfiaError as error:
            answers.append({"problem": str(error)})
    if "mlflow" in request:
        try:
            sentence = send_run(store, settings, store.run(request["run"]), request["mlflow"])
            answers.append({"sentence": sentence})
        except RdfiaError as error:
            answers.append({"problem": str(error)})
    return answers


def main() -> None:
    """Read a request from standard input, write the answers to standard output."""
    output = sys.stdout
    sys.stdout = sys.stderr  # some libraries print
    json.dump(_answers(json.load(sys.stdin)), output)


if __name__ == "__main__":
    main()
