"""Cut images into patches, watch attention learn, and carry over what was learned."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from app.controls import Form, draw_form
from app.live import attention_view, vit_view
from app.views import draw_views
from pages.parts.images.data import draw_data
from pages.parts.images.previews import draw_previews
from pages.parts.images.study import draw_study
from pages.parts.images.train import draw_train
from pages.parts.images.try_image import draw_try_image
from pages.parts.vit.fields import draw_fields
from pages.parts.vit.fine_tune import draw_fine_tune
from pages.parts.vit.parts import draw_parts
from pages.parts.vit.small_data import draw_small_data
from pages.parts.vit.timm_models import draw_timm
from pages.parts.vit.workbench import draw_self_attention
from rdfia_core.experiments import experiment_named

TITLE = "Vision Transformer"
ICON = ":material/grid_view:"
ORDER = 40

NETWORK_FACTORS = (
    "patch_size", "embed_dim", "depth", "num_heads", "mlp_ratio", "pool", "pos_embedding",
    "dropout", "drop_path",
)  # fmt: skip

VIEWS: dict[str, Callable[[Form], None]] = {
    "Train": partial(draw_train, mount=vit_view),
    "Attention": partial(draw_try_image, mount=attention_view),
    "Parts": draw_parts,
    "Self-attention": draw_self_attention,
    "Fine-tune": draw_fine_tune,
    "Small data": draw_small_data,
    "timm": draw_timm,
    "Fields": draw_fields,
    "Study": partial(draw_study, network_factors=NETWORK_FACTORS),
    "Data": draw_data,
    "Previews": draw_previews,
}

st.title("Vision Transformer")
st.markdown(
    "Press **Play**. The image is cut into patches, and in each block every patch looks at all "
    "others: watch where the heads look, and how that changes. Then take the positions away."
)
draw_views(VIEWS, draw_form(experiment_named("vit")))
