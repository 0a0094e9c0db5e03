"""The source text of the four stages, for the page that shows it. Free of torch on purpose."""

from pathlib import Path

from rdfia_core.errors import ConfigError

STAGE_FILES = {
    "manual": "manual.py",
    "autograd": "autograd.py",
    "nn": "nn_module.py",
    "optim": "optim_stage.py",
}
STAGES = tuple(STAGE_FILES)


def source_of(name: str) -> str:
    """Return the Python text of a stage, exactly as it runs.

    Args:
        name: One of `STAGES`.

    Returns:
        The whole file.

    Raises:
        ConfigError: If there is no such stage.
    """
    if name not in STAGE_FILES:
        raise ConfigError(f"The stage must be one of {', '.join(STAGES)}. Got {name!r}.", "stage")
    return (Path(__file__).parent / "stages" / STAGE_FILES[name]).read_text(encoding="utf-8")
