import pytest

from app.plain_text import plain


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
