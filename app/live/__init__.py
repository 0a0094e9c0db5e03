"""The live view: a Streamlit component whose script is static (docs/live.md)."""

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

SCRIPTS = Path(__file__).parents[1] / "static" / "live"

# The inline part travels with every message, so it only loads the real script: all its modules at
# once, where live.js alone would find them one after the other, a round trip each.
LOADER = """
const loaded = {};
function load({ version, modules }) {
  const fetched = modules.map((name) =>
    import(new URL(`app/static/live/${name}?v=${version}`, document.baseURI)));
  return fetched[modules.indexOf("live.js")];
}
export default function (component) {
  const [data] = component.data;
  const { version } = data;
  loaded[version] ??= load(data);
  let cleanup = null;
  let gone = false;
  loaded[version].then((script) => {
    if (!gone) cleanup = script.default({ ...component, data });
  });
  return () => { gone = true; cleanup?.(); };
}
"""

_component = st.components.v2.component("rdfia_live", js=LOADER, isolate_styles=False)


@cache
def version() -> str:
    """Return a word that changes when a script or the style does."""
    digest = hashlib.sha256()
    for path in sorted(SCRIPTS.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@cache
def modules() -> list[str]:
    """Return the names of the script's modules."""
    return sorted(path.name for path in SCRIPTS.glob("*.js"))


def live_view(data: dict[str, Any], *, key: str, on_command: Callable[[], None]) -> None:
    """Mount the live view; `on_command` runs when the viewer presses something."""
    # In a list, because Streamlit looks for data frames in a dictionary and loads pandas to do so.
    _component(
        key=key,
        data=[{**data, "version": version(), "modules": modules()}],
        on_command_change=on_command,
    )


def received_command(key: str) -> dict[str, Any]:
    """Return the command that was just pressed, inside `on_command`."""
    command = st.session_state[key].get("command")
    return dict(command) if isinstance(command, dict) else {}


def replay_view(recording: str, *, title: str, points: Mapping[str, Any], key: str) -> None:
    """Mount the live view on a recording, to look at only.

    Args:
        recording: Its address, relative to the site.
        title: What it is, in one line.
        points: Of the recorded run, for display.
        key: The component's key.
    """
    data = {"run": None, "recording": recording, "points": points, "title": title}
    rest = {"editable": False, "control": False, "stale": False, "speeds": [], "speed": None}
    live_view({**data, **rest}, key=key, on_command=lambda: None)
