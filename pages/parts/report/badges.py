"""A verdict as an icon, a word and a colour; the colour alone says nothing."""

from rdfia_core.reproduction.verdicts import Verdict

_LOOKS = {
    Verdict.AGREES: ("green", "check_circle"),
    Verdict.DIFFERS: ("orange", "compare_arrows"),
    Verdict.WRONG: ("red", "report"),
    Verdict.UNDECIDED: ("gray", "help"),
    Verdict.UNMEASURED: ("gray", "hourglass_empty"),
    Verdict.UNPRINTED: ("gray", "remove_circle_outline"),
}
MEANINGS = {
    Verdict.AGREES: "the measurements say what the report says",
    Verdict.DIFFERS: "they say something else, and why is not shown",
    Verdict.WRONG: "they contradict it, and show why",
    Verdict.UNDECIDED: "chance may be all there is: too few seeds or images",
    Verdict.UNMEASURED: "nobody has run it here yet",
    Verdict.UNPRINTED: "the report gives no number and no order to compare with",
}


def icon_of(verdict: Verdict) -> str:
    """Return the icon of a verdict."""
    return f":material/{_LOOKS[verdict][1]}:"


def badge(verdict: Verdict) -> str:
    """Return a verdict as Markdown."""
    color = _LOOKS[verdict][0]
    return f":{color}-badge[{icon_of(verdict)} {verdict.capitalize()}]"
