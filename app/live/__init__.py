"""The live view and its kin: Streamlit components whose script is static (docs/live.md)."""

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from app import state

Command = dict[str, Any]
OnCommand = Callable[[Command], None]
"""What is done with {type, nonce, ...} that a component sends (docs/live.md)."""

SCRIPTS = Path(__file__).parents[1] / "static" / "live"

# The inline part travels with every message, so it only loads the real script: all its modules at
# once, where live.js alone would find them one after the other, a round trip each. A module that
# could not be fetched fails for ever under its address, so the next attempt takes another.
LOADER = """
const loaded = {};
const LAST_ATTEMPT = 4;
async function load({ version, modules }, attempt = 0) {
  const query = attempt ? `?v=${version}&attempt=${attempt}` : `?v=${version}`;
  try {
    const fetched = await Promise.all(modules.map((name) =>
      import(new URL(`app/static/live/${name}${query}`, document.baseURI))));
    return fetched[modules.indexOf("ENTRY")];
  } catch (error) {
    if (attempt === LAST_ATTEMPT) throw error;
    await new Promise((done) => setTimeout(done, 400 * 2 ** attempt));
    return load({ version, modules }, attempt + 1);
  }
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

ENTRIES = (
    "live", "image", "answer", "pad", "fit", "figure", "kernel", "layers",
    "vit", "attention_answer", "workbench", "overlay", "sweep",
)  # fmt: skip

(
    _live,
    _image,
    _answer,
    _pad,
    _fit,
    _figure,
    _kernel,
    _layers,
    _vit,
    _attention,
    _workbench,
    _overlay,
    _sweep,
) = (
    st.components.v2.component(
        f"rdfia_{name}", js=LOADER.replace("ENTRY", f"{name}.js"), isolate_styles=False
    )
    for name in ENTRIES
)


@cache
def version() -> str:
    """Return a word that changes when a script or the style does."""
    digest = hashlib.sha256()
    for path in sorted(SCRIPTS.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@cache
def modules(entry: str) -> list[str]:
    """Return the names of the modules that an entry needs, itself among them."""
    names = {path.stem for path in SCRIPTS.glob("*.js")}
    needed, new = set[str](), {entry}
    while new:
        needed |= new
        texts = [(SCRIPTS / f"{name}.js").read_text(encoding="utf-8") for name in new]
        # Named as `./name.js` in an import, or as "name" in a list of imports.
        words = {word for text in texts for word in re.findall(r'[./"](\w+)(?:\.js|")', text)}
        new = (words & names) - needed
    return sorted(f"{name}.js" for name in needed)


def live_view(data: dict[str, Any], *, key: str, on_command: OnCommand) -> None:
    """Mount the live view; `on_command` runs when the viewer presses something."""
    _mount(_live, "live", data, key, on_command)


def image_view(data: dict[str, Any], *, key: str, on_command: OnCommand) -> None:
    """Mount the live view of a run on images; commands as for `live_view`."""
    _mount(_image, "image", data, key, on_command)


def answer_view(frame: str | None, *, key: str) -> None:
    """Mount the picture of what a network answers to one image.

    Args:
        frame: A frame in base64, None while there is none.
        key: The component's key.
    """
    _mount(_answer, "answer", {"frame": frame}, key)


def vit_view(data: dict[str, Any], *, key: str, on_command: OnCommand) -> None:
    """Mount the live view of a Vision Transformer; data and commands as for `image_view`."""
    _mount(_vit, "vit", data, key, on_command)


def attention_view(frame: str | None, *, key: str) -> None:
    """Mount the picture of what a Vision Transformer answers to one image, and where it looks.

    Args:
        frame: A frame in base64, None while there is none.
        key: The component's key.
    """
    _mount(_attention, "attention_answer", {"frame": frame}, key)


def pad_view(data: dict[str, Any], *, key: str, on_command: OnCommand) -> None:
    """Mount the drawing pad; it sends {type: "drawing", png: base64}."""
    _mount(_pad, "pad", data, key, on_command)


def fit_view(data: dict[str, Any], *, key: str, on_command: OnCommand) -> None:
    """Mount the fit view: maps of models that are solved at once (docs/live.md)."""
    _mount(_fit, "fit", data, key, on_command)


def figure_view(
    figure: Mapping[str, Any],
    *,
    key: str,
    alt: str,
    on_command: OnCommand | None = None,
) -> None:
    """Mount a Plotly figure that is redrawn in place.

    `st.plotly_chart` would replace its node at every change, and tells nothing of a click on a
    heat map.

    Args:
        figure: data and layout, JSON values.
        key: The component's key.
        alt: What the figure shows, in words.
        on_command: Runs when a point of it is clicked ({type: "pick", x, y}).
    """
    data = {"figure": dict(figure), "alt": alt, "clickable": on_command is not None}
    _mount(_figure, "figure", data, key, on_command)


def kernel_view(data: dict[str, Any], *, key: str) -> None:
    """Mount the kernel view: a kernel slides over a small image (docs/live.md)."""
    _mount(_kernel, "kernel", data, key)


def layers_view(data: dict[str, Any], *, key: str, on_command: OnCommand) -> None:
    """Mount the layers view: a network as a table of blocks, edited in place (docs/live.md)."""
    _mount(_layers, "layers", data, key, on_command)


def workbench_view(data: dict[str, Any], *, key: str) -> None:
    """Mount the workbench: self-attention on a few tokens, number by number (docs/live.md)."""
    _mount(_workbench, "workbench", data, key)


def overlay_view(data: dict[str, Any], *, key: str, on_command: OnCommand) -> None:
    """Mount the curves of several runs in one figure (docs/live.md)."""
    _mount(_overlay, "overlay", data, key, on_command)


def sweep_view(data: dict[str, Any], *, key: str, on_command: OnCommand) -> None:
    """Mount the heat map and the table of a sweep; it sends {type: "pick", cell} (docs/live.md)."""
    _mount(_sweep, "sweep", data, key, on_command)


def _mount(
    component: Callable[..., Any],
    entry: str,
    data: Mapping[str, Any],
    key: str,
    on_command: OnCommand | None = None,
) -> None:
    """Mount a component; every command it sends is obeyed once, in the order of the presses."""
    told = {**data, "version": version(), "modules": modules(entry)}
    # In a list, because Streamlit looks for data frames in a dictionary and loads pandas to do so.
    if on_command is None:
        component(key=key, data=[told])
        return

    def hear() -> None:
        for command in unheard(st.session_state[key].get("command"), state.heard(key)):
            state.note_heard(key, command["nonce"])
            on_command(command)

    told["heard"] = state.heard(key)
    component(key=key, data=[told], on_command_change=hear)


def unheard(sent: object, heard: float) -> list[Command]:
    """Return the commands that were not obeyed before, oldest first.

    A component sends again whatever it was not told was heard (outbox.js), so the same command may
    come several times.

    Args:
        sent: What the browser says: {commands: [{type, nonce, ...}, ...]}.
        heard: The largest nonce so far.
    """
    commands = sent.get("commands") if isinstance(sent, dict) else None
    if not isinstance(commands, list):
        return []
    fresh: list[Command] = []
    for command in commands:
        nonce = command.get("nonce") if isinstance(command, dict) else None
        if isinstance(nonce, int | float) and nonce > heard:
            fresh.append(command)
            heard = nonce
    return fresh


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
    live_view({**data, **rest}, key=key, on_command=lambda _: None)


RUN_VIEWS: Mapping[str, Callable[..., None]] = {
    "live": live_view,
    "image": image_view,
    "vit": vit_view,
}
"""The components that show a run, by the name under which a link remembers them."""


def view_name(mount: Callable[..., None]) -> str:
    """Return the name of a component that shows a run."""
    return next(name for name, view in RUN_VIEWS.items() if view is mount)
