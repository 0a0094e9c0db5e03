"""Each part of the transformer as a diagram in DOT: what goes in, what comes out."""

from rdfia_core.errors import ConfigError
from rdfia_core.models.vit.spec import VitSpec

_INK = {"light": "#4a4d5a", "dark": "#c9ccd6"}
_ACCENT = {"light": "#1d5f9e", "dark": "#7db8ea"}


def part_diagram(name: str, spec: VitSpec, theme: str) -> str:
    """Return the diagram of a part, with the shapes of one image's tensors.

    Args:
        name: Of the part, see `part_sources`.
        spec: The network.
        theme: light or dark, of what it is drawn on.

    Raises:
        ConfigError: If there is no such part.
    """
    tokens, dim = spec.num_tokens, spec.embed_dim
    head = dim // spec.num_heads
    stream = f"{tokens} tokens × {dim}"
    image = f"image {spec.image_size} × {spec.image_size} × {spec.in_channels}"
    patch = f"{spec.patch_size} × {spec.patch_size} × {spec.in_channels}"
    patches = f"{spec.num_patches} patches of {patch}"
    chains: dict[str, list[tuple[str, str]]] = {
        "PatchEmbedding": [
            ("cut", f"{image} > {patches}"),
            ("one linear map", f"{patches} > {spec.num_patches} tokens × {dim}"),
        ],
        "AttentionHead": [
            ("linear", f"{stream} > queries {tokens} × {head}"),
            ("linear", f"{stream} > keys {tokens} × {head}"),
            ("linear", f"{stream} > values {tokens} × {head}"),
            ("", f"queries {tokens} × {head} > scores {tokens} × {tokens}"),
            ("", f"keys {tokens} × {head} > scores {tokens} × {tokens}"),
            ("scale, softmax", f"scores {tokens} × {tokens} > attention, rows sum to 1"),
            ("", f"attention, rows sum to 1 > weighted means {tokens} × {head}"),
            ("", f"values {tokens} × {head} > weighted means {tokens} × {head}"),
        ],
        "Attention": [
            *[
                (f"head {k}", f"{stream} > {tokens} × {head} ({k})")
                for k in range(1, min(spec.num_heads, 4) + 1)
            ],
            *[
                ("", f"{tokens} × {head} ({k}) > side by side {tokens} × {dim}")
                for k in range(1, min(spec.num_heads, 4) + 1)
            ],
            ("linear", f"side by side {tokens} × {dim} > mixed {tokens} × {dim}"),
        ],
        "Mlp": [
            ("linear, GELU", f"{stream} > hidden {tokens} × {spec.mlp_dim}"),
            ("linear", f"hidden {tokens} × {spec.mlp_dim} > {tokens} × {dim}"),
        ],
        "Block": [
            ("norm", f"{stream} > attention"),
            ("", f"{stream} > sum"),
            ("", "attention > sum"),
            ("norm", "sum > MLP"),
            ("", f"sum > {stream} again"),
            ("", f"MLP > {stream} again"),
        ],
        "sinusoidal_positions": [
            ("sin, cos", f"place 0 … {tokens - 1} > {stream}"),
            ("", f"{stream} > added to the tokens"),
        ],
        "VisionTransformer": [
            ("patch embedding", f"{image} > {spec.num_patches} tokens × {dim}"),
            (_joined(spec), f"{spec.num_patches} tokens × {dim} > stream {stream}"),
            (f"{spec.depth} × block", f"stream {stream} > after the blocks {stream}"),
            (_reading(spec), f"after the blocks {stream} > vector of {dim}"),
            ("head", f"vector of {dim} > {spec.num_classes} logits"),
        ],
    }
    if name not in chains:
        raise ConfigError(f"The part must be one of {', '.join(chains)}. Got {name!r}.")
    return _dot(chains[name], _INK[theme], _ACCENT[theme])


def _joined(spec: VitSpec) -> str:
    added = ["+ class token"] if spec.pool == "class_token" else []
    added += ["+ positions"] if spec.pos_embedding != "none" else []
    return ", ".join(added) or "nothing added"


def _reading(spec: VitSpec) -> str:
    return "norm, class token" if spec.pool == "class_token" else "norm, mean"


def _dot(edges: list[tuple[str, str]], ink: str, accent: str) -> str:
    lines = [
        "digraph {",
        'bgcolor="transparent"; rankdir=TB; nodesep=0.25; ranksep=0.35;',
        f'node [shape=box, style=rounded, color="{ink}", fontcolor="{ink}", fontsize=11, '
        'fontname="sans-serif", margin="0.12,0.06"];',
        f'edge [color="{ink}", fontcolor="{accent}", fontsize=10, fontname="sans-serif"];',
    ]
    for label, ends in edges:
        start, end = ends.split(" > ")
        lines.append(f'"{start}" -> "{end}" [label=" {label} "];')
    return "\n".join([*lines, "}"])
