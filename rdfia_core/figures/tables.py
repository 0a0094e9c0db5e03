"""Tables as Markdown: the interface needs no data frame library for them."""

from collections.abc import Mapping, Sequence
from typing import Any

MAX_ENTRIES = 12
NUMBER_BEGINS = "0123456789+-–~<"


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; columns of numbers are right-aligned, but for the first."""
    columns = zip(*rows, strict=True) if rows else [()] * len(header)
    rule = ["--:" if k and _are_numbers(cells) else ":--" for k, cells in enumerate(columns)]
    lines = [header, rule, *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _are_numbers(cells: Sequence[str]) -> bool:
    """Whether all begin as a number does; none, or – for none, is like one."""
    return bool(cells) and all(cell.lstrip("*` ")[:1] in NUMBER_BEGINS for cell in cells)


def told_spread(spread: Mapping[str, Any], *, is_accuracy: bool) -> str:
    """Say a mean and, of several values, their standard deviation; accuracies in per cent."""
    scale, unit, form = (100, "\N{NO-BREAK SPACE}%", ".1f") if is_accuracy else (1, "", ".3f")
    deviation = "" if spread["std"] is None else f" ± {scale * spread['std']:{form}}"
    return f"{scale * spread['mean']:{form}}{deviation}{unit}"


def told_difference(difference: Mapping[str, Any], *, is_accuracy: bool) -> str:
    """Say a mean difference of pairs with its interval, and whether it may be chance."""
    scale, form = (100, "+.1f") if is_accuracy else (1, "+.3f")
    mean = f"{scale * difference['mean']:{form}}"
    if difference["low"] is None:
        return f"{mean}, from one pair"
    low, high = (f"{scale * difference[end]:{form}}" for end in ("low", "high"))
    is_clear = difference["low"] > 0 or difference["high"] < 0
    told = f"{mean} ({low} to {high})"
    return f"**{told}**" if is_clear else f"{told}, may be chance"


def gradient_tables(check: Mapping[str, Any]) -> str:
    """Return the gradient check as Markdown: a summary, then the entries of each tensor.

    Args:
        check: The result of the task check_gradients.
    """
    tables = check["tables"]
    where = f"after step {check['step']}" if check["step"] else "at the initial weights"
    summary = markdown_table(
        ["Parameter", "Shape", "Checked", "Against finite difference", "Against autograd"],
        [
            [
                f"`{table['name']}`",
                " × ".join(str(size) for size in table["shape"]),
                str(table["num_checked"]),
                f"{table['max_error']:.1e}",
                f"{table['max_autograd_error']:.1e}",
            ]
            for table in tables
        ],
    )
    parts = [
        f"On {check['num_points']} training points, {where}, in float64. The last two columns are "
        "the largest relative errors.",
        summary,
    ]
    for table in tables:
        parts += [f"**{table['name']}**", _entries(table)]
    return "\n\n".join(parts)


def _entries(table: Mapping[str, Any]) -> str:
    shown = table["entries"][:MAX_ENTRIES]
    rows = [
        [
            f"`{table['name']}[{', '.join(str(place) for place in entry['index'])}]`",
            f"{entry['manual']:+.10f}",
            f"{entry['numeric']:+.10f}",
            f"{entry['autograd']:+.10f}",
            f"{entry['error']:.1e}",
        ]
        for entry in shown
    ]
    header = ["Entry", "By hand", "Finite difference", "Autograd", "Relative error"]
    text = markdown_table(header, rows)
    left_out = table["num_checked"] - len(shown)
    return text + (f"\n\nand {left_out} more, all within the error above." if left_out else "")
