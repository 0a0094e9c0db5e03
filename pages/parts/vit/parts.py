"""The parts of the network: each one's code beside a picture of what goes in and comes out."""

import streamlit as st

from app.controls import Form
from app.messages import shown_errors
from app.resources import image_library
from rdfia_core.experiments.vit import OWN, VitConfig, spec_of
from rdfia_core.models.vit.diagrams import part_diagram
from rdfia_core.models.vit.part_sources import PARTS, source_of
from rdfia_core.models.vit.spec import multiply_adds, num_parameters
from rdfia_core.training.input_shape import input_shape


def draw_parts(form: Form) -> None:
    """Draw what the network of the form costs, then its parts from the first to the last."""
    config = form.config
    if not isinstance(config, VitConfig):
        st.info("Put the settings in the side panel right, as said above, to see the parts.")
        return
    if config.backbone != OWN:
        st.info(f"The network is timm's {config.backbone}. These are the parts of the lab's own.")
    with shown_errors():
        spec = spec_of(config, input_shape(config, image_library()))
        with st.container(horizontal=True):
            st.metric("Tokens", f"{spec.num_tokens:,}", width=140)
            st.metric("Parameters", f"{num_parameters(spec):,}", width=180)
            st.metric("Multiplications an image", f"{multiply_adds(spec):,}", width=240)
        st.caption(
            "Of the network that the side panel describes; the shapes below are its own. In the "
            "code, letters at the end of a name are its dimensions: **B** images, **C** channels, "
            "**S** pixels a side, **N** patches, **T** tokens, **D** embedding size, **H** heads, "
            "**d** = D / H, **M** hidden units, **K** classes."
        )
        theme = st.context.theme.type or "light"
        for part in PARTS:
            st.subheader(part.title)
            st.markdown(part.sentence)
            picture, code = st.columns([2, 3], gap="medium")
            picture.graphviz_chart(part_diagram(part.name, spec, theme), width="content")
            code.code(source_of(part), language="python", wrap_lines=True)
