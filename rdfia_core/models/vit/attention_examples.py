"""Small examples of one attention head, made to be followed by eye. Plain numbers, no torch.

n tokens of d numbers, h numbers in the head.
"""

from dataclasses import dataclass

Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class AttentionExample:
    """Tokens, and the three weight matrices of a head.

    Args:
        name: What it shows, in a few words.
        sentence: What to look at.
        tokens: n names.
        x: The tokens, (n, d).
        w_q: Weights of the queries, (d, h).
        w_k: Weights of the keys, (d, h).
        w_v: Weights of the values, (d, h).

    References:
        A. Vaswani et al., Attention is all you need, NeurIPS 2017, section 3.2.1.
    """

    name: str
    sentence: str
    tokens: tuple[str, ...]
    x: Matrix
    w_q: Matrix
    w_k: Matrix
    w_v: Matrix


_WORDS = ("cat", "dog", "runs", "sleeps")
_KINDS: Matrix = ((2, 0, 1, 0), (2, 0, 0, 1), (0, 2, 1, 0), (0, 2, 0, 1))
_READ_KIND: Matrix = ((1, 0, 0), (0, 1, 0), (0, 0, 0), (0, 0, 0))
_READ_REST: Matrix = ((1, 0, 0), (0, 0, 0), (0, 1, 0), (0, 0, 1))
_MIXED: Matrix = ((0.5, -1, 0), (1, 0, 0.5), (0, 1, 1), (-0.5, 0, 1))
_WHEEL_TWICE: Matrix = ((1, 0, 1, 0), (0, 1, 0, 1), (0, 0, 0, 0), (0, 0, 0, 0))

EXAMPLES = (
    AttentionExample(
        "Alike tokens find each other",
        "The first two numbers of a token say noun or verb, and queries and keys read only these: "
        "nouns look at nouns, verbs at verbs, and each takes what its kind has to say.",
        _WORDS,
        _KINDS,
        _READ_KIND,
        _READ_KIND,
        _READ_REST,
    ),
    AttentionExample(
        "All tokens alike: even attention",
        "Four patches of a blank wall: all scores of a row are equal, so attention is even, and "
        "every output is the mean. Change one patch and see who notices.",
        ("wall 1", "wall 2", "wall 3", "wall 4"),
        ((1, 0.5, -0.5, 1),) * 4,
        _MIXED,
        ((1, 0, 0.5), (0, 1, -1), (0.5, 0, 1), (1, -0.5, 0)),
        ((1, 0, -1), (0, 1, 0), (2, 0, 1), (0, -1, 1)),
    ),
    AttentionExample(
        "Large scores: why they are scaled",
        "The first two numbers are a place on the colour wheel, which the head reads twice: scores "
        "grow with h. Divided by √h, each colour still looks at its neighbours; switch the scaling "
        "off, and softmax all but picks one token.",
        ("red", "yellow", "green", "cyan"),
        ((2, 0, 1, 0), (1, 1.7, 2, 0), (-1, 1.7, 1, 1), (-2, 0, 0, 2)),
        _WHEEL_TWICE,
        _WHEEL_TWICE,
        ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)),
    ),
)
