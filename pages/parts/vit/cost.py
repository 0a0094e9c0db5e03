"""What attention costs as the number of tokens grows, measured on this machine."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.controls import Form
from app.live import figure_view
from app.resources import store
from app.side_task import draw_task
from rdfia_core.config import field_specs
from rdfia_core.figures.attention_cost import attention_cost_figure
from rdfia_core.store import RunRecord

READ = ("embed_dim", "num_heads", "seed", "device")


def draw_cost(form: Form) -> None:
    """Draw the button, the curves, and from where on the square counts."""
    st.markdown(
        "In attention every token looks at every other: n tokens make **n² pairs**. Patches half "
        "the side are four times the tokens. One attention layer of the form's embedding size and "
        "heads runs forward and backward on more and more tokens; where does the square take over?"
    )
    varied = [s.name for s in field_specs(form.experiment.config_class) if s.name not in READ]
    draw_task(form, "cost", label="Measure", show=_show, streams=True, varied=tuple(varied))


def _show(run: RunRecord) -> None:
    columns = store().metrics(run.id).columns
    if "tokens" not in columns:
        return
    found = run.result.get("cost", {})
    fits = {name: found[name]["parts"] for name in ("seconds", "bytes") if name in found}
    figure_view(
        attention_cost_figure(columns, fits),
        key="vit/cost/figure",
        alt=f"Time and memory of an attention layer for {len(columns['tokens'])} numbers of tokens",
    )
    if found:
        st.markdown(_reading(found, run.config))


def _reading(found: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    dim, heads = config["embed_dim"], config["num_heads"]
    text = (
        f"{_taken_over('time', found['seconds'])} {_taken_over('memory', found['bytes'])} Counted "
        f"in multiplications, 4 n D² of the maps meet 2 n² D of the pairs at n = 2 D = {2 * dim}; "
        "what is measured differs, since softmax and moving numbers about are no multiplications. "
        "Memory is what the forward pass keeps for the backward pass. One image, float32, the "
        f"fastest of several passes on this machine's {found['device']}"
        f"{', one thread' if found['device'] == 'cpu' else ''}; D = {dim}, {heads} "
        f"{'head' if heads == 1 else 'heads'}. Where points lie above the fit, the machine was "
        "busy with other work, or so many pairs no longer fit its caches."
    )
    return f"{text} Not measured: {found['left_out']}." if found["left_out"] else text


def _taken_over(what: str, fit: Mapping[str, Any]) -> str:
    start = fit["quadratic_from"]
    if start is None:
        return f"No square was found in the {what} up to here."
    return f"From **{start:,.0f} tokens** on, the square is more than half of the {what}."
