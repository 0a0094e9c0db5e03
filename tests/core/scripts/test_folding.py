"""What is known is decided, what is not stays, and what is computed stays the same."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rdfia_core.scripts.folding import Facts, fold

LADDER = '''
def answer(kind, size, is_on):
    """Say something."""
    if kind == "a":
        # Why a.
        found = 1
    elif kind in ("b", "c") and is_on:
        found = 2
    elif not is_on:
        found = 3
    else:
        found = 4
    if size > 2:
        found += 10
    word = "big" if size > 2 else "small"
    table = {"a": "first", "b": "second", "c": "third"}
    return found, word, table[kind], is_on and size > 2, size > 2 or is_on
'''


def run(text: str, *values: object) -> object:
    scope: dict[str, object] = {}
    exec(text, scope)
    return scope["answer"](*values)  # type: ignore[operator]


@settings(deadline=None)
@given(st.sets(st.sampled_from(["kind", "size", "is_on"])))
def test_a_folded_function_answers_as_before(known: set[str]) -> None:
    for kind, size, is_on in itertools.product("abc", (1, 3), (True, False)):
        values = {"kind": kind, "size": size, "is_on": is_on}
        facts = Facts(
            {name: values[name] for name in known}, {"table": {kind}} if "kind" in known else {}
        )
        folded = fold(LADDER, facts)
        assert run(folded, kind, size, is_on) == run(LADDER, kind, size, is_on)


def test_branches_that_are_never_taken_are_gone_with_their_comments() -> None:
    folded = fold(LADDER, Facts({"kind": "b", "is_on": True}))
    assert "Why a" not in folded
    assert "found = 2" in folded
    assert not {"found = 1", "found = 3", "found = 4", "elif"} & set(folded.split("\n    "))
    assert "Why a" in fold(LADDER, Facts({"kind": "a"}))


def test_unknown_tests_are_left_alone() -> None:
    assert fold(LADDER, Facts({"other": 1})) == LADDER


def test_tests_that_only_refuse_are_left_out() -> None:
    text = "def answer(x):\n    if x < 0:\n        raise ConfigError(x)\n    return x\n"
    assert run(fold(text, Facts(errors=["ConfigError"])), -1) == -1
    assert "raise" in fold(text, Facts(errors=["OtherError"]))


def test_what_has_effects_stays_even_if_nobody_reads_it() -> None:
    text = "def answer(items):\n    last = items.pop()\n    count = len(items)\n    return items\n"
    folded = fold(text, Facts())
    assert "pop" in folded
    assert "count" not in folded


@pytest.mark.parametrize("is_on", [True, False])
def test_half_known_conditions_keep_their_other_half(is_on: bool) -> None:
    text = "def answer(x, is_on):\n    return 1 if is_on and x > 0 else 0\n"
    folded = fold(text, Facts({"is_on": is_on}))
    assert "is_on and" not in folded
    for x in (-1, 1):
        assert run(folded, x, is_on) == run(text, x, is_on)
