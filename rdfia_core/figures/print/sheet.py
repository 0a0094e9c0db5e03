"""The page that a printed figure stands on: size, type, caption, and how it becomes a file."""

import io
import re
import textwrap
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Format = Literal["svg", "png"]

INK, MUTED, GRID = "#1f2933", "#52606d", "#d9e2ec"
PNG_DPI = 200
CAPTION_COLUMNS = 108  # characters a line, at 7 points on a figure 7 inches wide
WIDTH = 7.0  # inches

# Text stays text: it can be searched, read aloud and edited. What an SVG file would hold of the
# moment (date, random ids) is left out, so that the same run gives the same bytes.
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "rdfia",
    "font.family": "sans-serif",
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "axes.labelsize": 8.5,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "image.interpolation": "nearest",
    "figure.facecolor": "white",
}


def new_sheet(height: float, width: float = WIDTH) -> Figure:
    """Return an empty figure; sizes in inches."""
    return Figure(figsize=(width, height), layout="constrained")


def style() -> Any:
    """Return the context in which figures are drawn and saved."""
    return mpl.rc_context(_STYLE)


def add_caption(figure: Figure, caption: str) -> None:
    """Write what run this is below the figure."""
    columns = int(CAPTION_COLUMNS * figure.get_figwidth() / WIDTH)
    lines = textwrap.fill(" ".join(caption.split()), columns)
    figure.supxlabel(_literal(lines), x=0.01, ha="left", fontsize=7, color=MUTED)


def hide_ticks(axes: Axes) -> None:
    """Make axes a plain picture with a thin frame."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(GRID)


def _literal(text: str) -> str:
    """Keep matplotlib from reading dollar signs in a visitor's words as formulas."""
    return text.replace("$", r"\$")


def saved(figure: Figure, form: Format, title: str) -> bytes:
    """Return a figure as a file."""
    buffer = io.BytesIO()
    if form == "svg":
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Title": title})
        return _with_numbered_clips(buffer.getvalue())
    metadata = {"Title": title, "Software": None}
    figure.savefig(buffer, format="png", dpi=PNG_DPI, metadata=metadata)
    return buffer.getvalue()


def _with_numbered_clips(svg: bytes) -> bytes:
    """Name clip paths by their order.

    Matplotlib names them by a hash of unrounded positions, whose last bits differ from one layout
    of the same figure to the next.
    """
    names = re.findall(rb'<clipPath id="(\w+)">', svg)
    for number, name in enumerate(names):
        svg = svg.replace(b'id="%b"' % name, b'id="clip%d"' % number)
        svg = svg.replace(b"url(#%b)" % name, b"url(#clip%d)" % number)
    return svg
