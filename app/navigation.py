"""The pages of the site are the files of pages/: title, icon, section and order stand at their top.

A page without a `SECTION` is a lab. One of the section "Hidden" is reached by a link alone.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PAGES = Path(__file__).resolve().parents[1] / "pages"
LABS = "Labs"
HIDDEN = "Hidden"


@dataclass(frozen=True)
class PageInfo:
    """What the navigation needs to know of a page file.

    Args:
        path: The file.
        title: In the navigation and the browser's tab.
        icon: A Material icon.
        order: Pages stand in this order; the first is the start page.
        summary: First line of the docstring.
        section: Heading of the menu it stands in; the start page stands by itself.
    """

    path: Path
    title: str
    icon: str
    order: int
    summary: str
    section: str

    @property
    def is_hidden(self) -> bool:
        """Whether the navigation leaves it out."""
        return self.section == HIDDEN


@cache
def all_pages() -> tuple[PageInfo, ...]:
    """Read the page files, without running them."""
    files = [path for path in PAGES.glob("*.py") if path.name != "__init__.py"]
    return tuple(sorted((_read(path) for path in files), key=lambda page: page.order))


def sections() -> Mapping[str, tuple[PageInfo, ...]]:
    """Return the pages by their section, both in the order of the pages."""
    names = dict.fromkeys(page.section for page in all_pages())
    return {name: tuple(page for page in all_pages() if page.section == name) for name in names}


def page_of(experiment: str) -> Path:
    """Return the page file of a lab."""
    return PAGES / f"{experiment}.py"


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
        path,
        title=str(constants["TITLE"]),
        icon=str(constants["ICON"]),
        order=int(str(constants["ORDER"])),
        summary=summary,
        section=str(constants.get("SECTION", LABS)),
    )
