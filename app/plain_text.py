"""Words of visitors in texts that Streamlit reads as Markdown."""

import re

_GAP = "\N{ZERO WIDTH SPACE}"
# What makes a link, an image, an HTML tag or an address that becomes a link by itself.
_REACHES_OUT = re.compile(
    r"(?<=\])(?=[(:\[])|(?<=<)(?=[A-Za-z/!?])|(?<=:)(?=//)|(?<=[wW])(?=\.)|(?<=@)"
)
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~:$&])")


def plain(text: str) -> str:
    """Escape a text, so that it reads as it is and loads or links nothing."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def markdown_without_links(text: str) -> str:
    """Return a visitor's Markdown in which nothing loads, links or is HTML.

    A space without width parts what would reach out: `](`, `<a`, `http://`, `www.`, `a@b`. It is
    unseen where the same signs stand for themselves, as in code and formulas.
    """
    return _REACHES_OUT.sub(_GAP, text)
