"""The source text of each part of the transformer, for the page that shows it. Free of torch."""

import ast
from dataclasses import dataclass
from pathlib import Path

from rdfia_core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the network.

    Args:
        name: Of the class or function.
        title: For a person.
        sentence: What it does and why it is there.
        file: Where it is written, beside this module.
    """

    name: str
    title: str
    sentence: str
    file: str = "parts.py"


PARTS = (
    Part(
        "PatchEmbedding",
        "Patch embedding",
        "The image is cut into squares, and each becomes a vector by one linear map. From here on "
        "the network sees a set of tokens, not a grid.",
    ),
    Part(
        "AttentionHead",
        "One head of attention",
        "Each token asks a question (query), offers a label (key) and holds an answer (value). It "
        "takes the mean of all answers, weighted by how well labels match its question.",
    ),
    Part(
        "Attention",
        "Several heads",
        "Heads look for different things at the same time, each in its share of the embedding; a "
        "last linear map mixes what they found.",
    ),
    Part(
        "Mlp",
        "MLP",
        "Between two looks around, each token thinks for itself: two linear maps with a bend "
        "between them, the same for all tokens.",
    ),
    Part(
        "Block",
        "Pre-norm block",
        "Attention and MLP are added to the stream of tokens, which passes unchanged through the "
        "whole network; each reads a normalised copy of it.",
    ),
    Part(
        "sinusoidal_positions",
        "Fixed positions",
        "Attention knows no order. Added to the tokens, waves of different lengths tell each where "
        "its patch was.",
    ),
    Part(
        "VisionTransformer",
        "The whole network",
        "Patches, class token, positions, blocks, and a head that reads one vector: its forward "
        "pass is the lab in twelve lines.",
        "network.py",
    ),
)


def source_of(part: Part) -> str:
    """Return the Python text of a part, exactly as it runs.

    Raises:
        ConfigError: If its file holds no such class or function.
    """
    text = (Path(__file__).parent / part.file).read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name == part.name:
            return ast.get_source_segment(text, node) or ""
    raise ConfigError(f"{part.file} has no part {part.name!r}.")
