"""The page's address holds its whole state: what differs from the defaults, and the runs shown."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from rdfia_core.config import ExperimentConfig, field_specs
from rdfia_core.errors import ConfigError

RUN = "run"
RUNS = "runs"
MAX_RUNS = 60
SPEED = "speed"
SHARE = "share"
LESSON = "lesson"
BOARD = "board"
FULL_SPEED = "full"
MAX_SPEED = 10_000.0


def read_values(config_class: type[ExperimentConfig]) -> tuple[dict[str, Any], list[str]]:
    """Read hyperparameters from the address.

    Returns:
        The values, and a sentence for each that was not allowed: its default is used instead.
    """
    names = [spec.name for spec in field_specs(config_class)]
    texts = {name: str(st.query_params[name]) for name in names if name in st.query_params}
    try:
        # All at once: a value may be allowed beside another one of the address alone.
        config = config_class.build(texts)
        return {name: getattr(config, name) for name in texts}, []
    except ConfigError:
        return _read_one_by_one(config_class, texts)


def _read_one_by_one(
    config_class: type[ExperimentConfig], texts: Mapping[str, str]
) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, text in texts.items():
        try:
            config = config_class.build({name: text})
        except ConfigError as error:
            problems.append(f"In the address: {error} The default is used instead.")
        else:
            values[name] = getattr(config, name)
    return values, problems


def write_values(
    config_class: type[ExperimentConfig],
    values: Mapping[str, Any],
    start: Mapping[str, Any] | None = None,
) -> None:
    """Write what differs from the start into the address, and leave the rest of it alone.

    Args:
        config_class: Of the form.
        values: What it says.
        start: What it started with; None for the defaults.
    """
    for spec in field_specs(config_class):
        value = values.get(spec.name, spec.default)
        if value == (start or {}).get(spec.name, spec.default):
            if spec.name in st.query_params:
                del st.query_params[spec.name]
        elif st.query_params.get(spec.name) != str(value):
            st.query_params[spec.name] = str(value)


def run_id(name: str = RUN) -> str:
    """Return the id of a run that the address names, or ""."""
    return str(st.query_params.get(name, ""))


def set_run_id(value: str, name: str = RUN) -> None:
    """Name a run in the address; "" takes the name away."""
    if value:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def run_ids() -> list[str]:
    """Return the ids of the runs that the address chooses, each once."""
    words = str(st.query_params.get(RUNS, "")).split(",")
    return list(dict.fromkeys(word.strip() for word in words if word.strip()))[:MAX_RUNS]


def set_run_ids(values: Iterable[str]) -> None:
    """Choose runs in the address; none takes the choice away."""
    set_run_id(",".join(list(values)[:MAX_RUNS]), RUNS)


def share_id() -> str:
    """Return the id of a link that the address names, or ""."""
    return str(st.query_params.get(SHARE, ""))


def lesson_id() -> str:
    """Return the id of the lesson that the address names, or ""."""
    return str(st.query_params.get(LESSON, ""))


def board_code() -> str:
    """Return the code of the class board that the address names, or ""."""
    return str(st.query_params.get(BOARD, ""))


def set_board_code(code: str) -> None:
    """Name a class board in the address; "" takes the name away."""
    set_run_id(code, BOARD)


def word(name: str) -> str:
    """Return a word of the address, or ""."""
    return str(st.query_params.get(name, ""))


def words(name: str) -> list[str]:
    """Return the words that the address has under one name, in its order."""
    return [str(text) for text in st.query_params.get_all(name)]


def write_word(name: str, value: str | Sequence[str]) -> None:
    """Write a word, or several under one name, into the address; an empty one takes it away."""
    wanted = [value] if isinstance(value, str) else list(value)
    wanted = [text for text in wanted if text]
    if wanted == words(name):
        return
    if wanted:
        st.query_params[name] = wanted
    else:
        del st.query_params[name]


def forget_all() -> None:
    """Take everything away: what stands there belongs to something else."""
    st.query_params.clear()


def read_speed(default: float | None) -> tuple[float | None, str]:
    """Read the pace of the next run from the address, in epochs per second; None is full speed.

    Returns:
        The pace, and a sentence if the address asks for one that is not allowed.
    """
    text = st.query_params.get(SPEED)
    if text is None:
        return default, ""
    if text == FULL_SPEED:
        return None, ""
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if 0 < speed <= MAX_SPEED:
        return speed, ""
    return default, (
        f"In the address: The speed must be a number of epochs per second greater than 0 and at "
        f"most {MAX_SPEED:g}, or {FULL_SPEED}. Got {text[:60]!r}. The default is used instead."
    )


def write_speed(speed: float | None, default: float | None) -> None:
    """Write a pace into the address unless it is the default."""
    if speed == default:
        if SPEED in st.query_params:
            del st.query_params[SPEED]
    else:
        st.query_params[SPEED] = FULL_SPEED if speed is None else f"{speed:g}"
