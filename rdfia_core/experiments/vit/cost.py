"""Cost against the number of tokens: one attention layer, measured on this machine."""

import time
from collections.abc import Iterator
from typing import Any

from rdfia_core.events import End, EndReason, Event, Metrics, Result, Started, Step
from rdfia_core.experiments import Context
from rdfia_core.experiments.vit import VitConfig
from rdfia_core.models.vit.attention_cost import (
    ENOUGH_SECONDS,
    MIN_REPEATS,
    Cost,
    fit_polynomial,
    measure,
)
from rdfia_core.models.vit.parts import Attention
from rdfia_core.seeding import seed_default_generators

TOKENS = (16, 32, 64, 128, 256, 512, 1024, 1536, 2048)
BUDGET_S = 10.0
MAX_BYTES = 10**9
MIN_MEASURED = 4


def cost(config: VitConfig, context: Context) -> Iterator[Event]:
    """Measure time and memory of a layer for more and more tokens, within the budget.

    Yields:
        A metric row a number of tokens: tokens, seconds, bytes. Then a result "cost" with the
        fitted parts of both, and why the last sizes were left out, if they were.
    """
    seed_default_generators(config.seed)
    layer = Attention(config.embed_dim, config.num_heads).to(context.device)
    yield Started(sum(p.numel() for p in layer.parameters()), context.device)
    yield Step(0, 0.0)
    # The first call of all loads what it needs, and is forgotten.
    measure(layer, TOKENS[0], config.embed_dim, context.device)
    found: list[Cost] = []
    begun = time.perf_counter()
    left_out = ""
    for number, num_tokens in enumerate(TOKENS, start=1):
        left_out = _too_much(num_tokens, found, time.perf_counter() - begun)
        if left_out:
            break
        measured = measure(layer, num_tokens, config.embed_dim, context.device)
        found.append(measured)
        epoch = config.epochs * number / len(TOKENS)
        scalars = {"tokens": num_tokens, "seconds": measured.seconds, "bytes": measured.num_bytes}
        yield Metrics(number, epoch, scalars)
        yield Step(number, epoch)
    yield Result("cost", _summary(found, left_out) | {"device": context.device})
    yield Step(len(TOKENS) + 1, float(config.epochs))
    yield End(EndReason.COMPLETED, "", {})


def _too_much(num_tokens: int, found: list[Cost], spent_s: float) -> str:
    """Say why a size is not measured any more; the cost grows at most with the square."""
    if len(found) < MIN_MEASURED:
        return ""
    growth = (num_tokens / TOKENS[len(found) - 1]) ** 2
    last = found[-1]
    if growth * last.num_bytes > MAX_BYTES:
        return f"{num_tokens:,} tokens and more would take over {MAX_BYTES / 1e9:.0f} GB"
    if spent_s + max(ENOUGH_SECONDS, growth * last.seconds * (MIN_REPEATS + 1)) > BUDGET_S:
        return f"{num_tokens:,} tokens and more would take longer than {BUDGET_S:.0f} s"
    return ""


def _summary(found: list[Cost], left_out: str) -> dict[str, Any]:
    tokens = TOKENS[: len(found)]
    fits = {
        "seconds": fit_polynomial(tokens, [each.seconds for each in found]),
        "bytes": fit_polynomial(tokens, [each.num_bytes for each in found]),
    }
    return {
        "left_out": left_out,
        **{
            name: {"parts": list(fit), "quadratic_from": fit.quadratic_from}
            for name, fit in fits.items()
        },
    }
