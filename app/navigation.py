"""The pages of the site are the files of pages/: title, icon and order stand at their top."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PAGES = Path(__file__).resolve().parents[1] / "pages"


@dataclass(frozen=True)
class PageInfo:
    """What the navigation needs to know of a page file.

    Args:
        path: The file.
        title: In the navigation and the browser's tab.
        icon: A Material icon.
        order: Pages stand in this order; the first is the start page.
        summary: First line of the docstring.
    """

    path: Path
    title: str
    icon: str
    order: int
    summary: str


@cache
def all_pages() -> tuple[PageInfo, ...]:
    """Read the page files, without running them."""
    files = [path for path in PAGES.glob("*.py") if path.name != "__init__.py"]
    return tuple(sorted((_read(path) for path in files), key=lambda page: page.order))


def _read(path: Path) -> PageInfo:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    summary = (ast.get_docstring(tree) or "").splitlines()[0]
    return PageInfo(
        path, str(constants["TITLE"]), str(constants["ICON"]), int(str(constants["ORDER"])), summary
    )
