"""Names that say nothing of who bears them: an adjective and an animal."""

import secrets
from collections.abc import Collection

ADJECTIVES = (
    "amber", "bold", "brave", "bright", "calm", "clever", "cosy", "curious", "daring", "eager",
    "early", "fair", "gentle", "golden", "happy", "honest", "humble", "jolly", "keen", "kind",
    "lively", "lucky", "mellow", "merry", "mighty", "modest", "nimble", "patient", "playful",
    "polite", "proud", "quick", "quiet", "rapid", "silver", "smart", "steady", "sunny", "swift",
    "tidy", "vivid", "warm", "wise", "witty",
)  # fmt: skip
ANIMALS = (
    "ant", "badger", "bear", "beaver", "bee", "bison", "cat", "crane", "deer", "dolphin", "dove",
    "eagle", "falcon", "ferret", "finch", "fox", "frog", "gecko", "goose", "hare", "hawk",
    "heron", "horse", "ibis", "koala", "lark", "lemur", "lion", "llama", "lynx", "marten", "mole",
    "moose", "newt", "otter", "owl", "panda", "puffin", "raven", "robin", "seal", "swan", "tiger",
    "wolf", "wren", "zebra",
)  # fmt: skip


def draw_alias(taken: Collection[str]) -> str:
    """Return a name that nobody has yet; there are 2,024."""
    free = [
        f"{adjective}-{animal}"
        for adjective in ADJECTIVES
        for animal in ANIMALS
        if f"{adjective}-{animal}" not in taken
    ]
    return secrets.choice(free)
