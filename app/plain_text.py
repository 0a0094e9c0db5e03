"""Words of visitors in texts that Streamlit reads as Markdown."""

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~:$&])")


def plain(text: str) -> str:
    """Escape a text, so that it reads as it is and loads or links nothing."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
