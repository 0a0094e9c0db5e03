import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.plain_text import markdown_without_links, plain


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("cats and dogs", "cats and dogs"),
        ("![x](http://y)", r"\!\[x\]\(http\://y\)"),
        ("a_b *c* $d$ :red[e]", r"a\_b \*c\* \$d\$ \:red\[e\]"),
        ("two\n\nlines", "two lines"),
    ],
)
def test_nothing_is_left_to_interpret(text: str, escaped: str) -> None:
    assert plain(text) == escaped


PARTS = st.sampled_from(
    ["[", "]", "(", ")", "!", "<", ">", ":", "//", "http", "www.", "a@b.cd", "x", " ", "\n", "`",
     "\\", "img src=", "[a]: /u", "![a](b)", "[a](b)", "<a href=x>", "https://e.org"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PARTS, max_size=14))
def test_no_markdown_of_a_visitor_links_or_loads(parts: list[str]) -> None:
    html = MarkdownIt("commonmark").render(markdown_without_links("".join(parts)))
    assert not re.search(r"<(a|img|script|iframe)\b", html), html


@pytest.mark.parametrize("text", ["see http://evil.org", "www.evil.org", "WWW.x.y", "me@evil.org"])
def test_an_address_does_not_become_a_link_by_itself(text: str) -> None:
    pattern = r"https?://|www\.|[\w.]+@[\w.]+"
    assert re.search(pattern, text, re.IGNORECASE)
    assert not re.search(pattern, markdown_without_links(text), re.IGNORECASE)


@pytest.mark.parametrize(
    "text", ["**bold** and $x_1 < 3$", "- a list\n- of `code[0]`", "# Heading", "a < b, f(x): 3."]
)
def test_other_markdown_stays_as_it_is(text: str) -> None:
    assert markdown_without_links(text) == text
