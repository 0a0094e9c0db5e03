"""The rules that hold the product together, defended by themselves."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rdfia_core.cli import app
from rdfia_core.experiments import experiments
from rdfia_core.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
HEAVY = {"torch", "torchvision", "timm", "sklearn", "numba"}
STANDARD_NAMES = set(sys.stdlib_module_names)


@pytest.mark.parametrize("name", list(experiments()))
def test_every_experiment_has_a_page_and_a_test_file(name: str) -> None:
    assert (ROOT / "pages" / f"{name}.py").exists()
    assert list((ROOT / "tests").rglob(f"test_{name}.py"))


def test_the_interface_process_loads_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys, json, time\n"
        "from streamlit.testing.v1 import AppTest\n"
        "import app.main, app.identity\n"
        "app.identity.current_owner = lambda: 'ada'\n"
        "test = AppTest.from_file('app/router.py', default_timeout=60).run()\n"
        "test.switch_page('../pages/circle_mlp.py').run()\n"
        "assert not test.exception, test.exception\n"
        "assert any('Circle' in title.value for title in test.title)\n"
        "test.switch_page('../pages/svm_kernels.py').run()\n"
        "assert not test.exception, test.exception\n"
        "deadline = time.monotonic() + 60\n"
        "while not test.metric and time.monotonic() < deadline:\n"
        "    test.run()\n"
        "assert test.metric, 'the machine was not solved'\n"
        "test.query_params['also'] = 'Side tasks and instant answers'\n"
        "test.switch_page('../pages/runs.py').run()\n"
        "assert not test.exception, test.exception\n"
        "assert test.dataframe, 'the runs are not listed'\n"
        "print('MODULES', json.dumps(sorted({name.split('.')[0] for name in sys.modules})))\n"
    )
    environment = {**os.environ, "RDFIA_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    environment["RDFIA_IDLE_EXIT_SECONDS"] = "1"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    line = next(line for line in done.stdout.splitlines() if line.startswith("MODULES"))
    loaded = set(json.loads(line.removeprefix("MODULES ")))
    assert "streamlit" in loaded
    assert not loaded & HEAVY
    assert "pandas" not in loaded


def test_no_file_of_app_bears_a_standard_name() -> None:
    names = {path.stem for path in (ROOT / "app").glob("*.py")} - {"__init__"}
    assert not names & STANDARD_NAMES


def test_only_one_file_names_session_state_keys() -> None:
    # editors.py and live/ pass on keys that state.py and the caller made.
    allowed = {"state.py", "editors.py", "controls.py", "__init__.py"}
    for path in [*(ROOT / "app").rglob("*.py"), *(ROOT / "pages").glob("*.py")]:
        if "session_state" in path.read_text() and path.name not in allowed:
            pytest.fail(f"{path} touches session_state")


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*.py")), ids=lambda p: p.stem)
def test_pages_are_thin(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert len(lines) <= 80
    tree = ast.parse("\n".join(lines))
    assert not [n for n in ast.walk(tree) if isinstance(n, (ast.While, ast.Try, ast.ClassDef))]


def test_the_readme_names_every_make_target() -> None:
    targets = re.findall(r"^([a-z0-9]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    readme = (ROOT / "README.md").read_text()
    assert len(targets) >= 6
    missing = [target for target in targets if f"make {target}" not in readme]
    assert not missing


def test_the_readme_names_every_setting_and_command() -> None:
    readme = (ROOT / "README.md").read_text()
    settings = [f"RDFIA_{name.upper()}" for name in Settings.model_fields]
    groups = [
        ("", app),
        *((f"{group.name} ", group.typer_instance) for group in app.registered_groups),
    ]
    commands = [
        f"python -m rdfia_core {prefix}{c.name or c.callback.__name__}"
        for prefix, group in groups
        for c in group.registered_commands
        if c.callback
    ]
    assert not [name for name in [*settings, *commands] if name not in readme]
