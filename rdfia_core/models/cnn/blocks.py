"""A convolutional network as a text: a comma list of blocks, without the last layer.

    conv C kK [sS] [pP]    C filters of K x K, stride S (1), padding P (0)
    pool K [sS] [pP] [up]  maximum of K x K, stride S (K); "up" rounds the output size up
    avgpool K [sS] [pP] [up]
    gap                    mean of each whole map
    bn                     batch normalisation
    relu, leaky, gelu, tanh, sigmoid
    res C [sS]             residual block: two 3 x 3 convolutions with batch norm, and a shortcut
    fc N                   fully connected, N units
    dropout P              silent with probability P while training

The classifier, a fully connected layer with one unit a class, is added by what uses the list.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rdfia_core.errors import ConfigError

ACTIVATIONS = ("relu", "leaky", "gelu", "tanh", "sigmoid")
MAX_BLOCKS = 60
MAX_CHANNELS = 1_024
MAX_KERNEL = 15
MAX_STRIDE = 8
MAX_UNITS = 8_192
MAX_DROPOUT = 0.95


@dataclass(frozen=True)
class Conv:
    """A convolution with biases."""

    channels: int
    kernel: int
    stride: int = 1
    padding: int = 0

    def __str__(self) -> str:
        return f"conv {self.channels} k{self.kernel}" + _extra(self.stride, 1, self.padding)


@dataclass(frozen=True)
class Pool:
    """Maximum or mean over windows; `rounds_up` keeps a last window that is cut off."""

    kind: str
    kernel: int
    stride: int
    padding: int = 0
    rounds_up: bool = False

    def __str__(self) -> str:
        word = "pool" if self.kind == "max" else "avgpool"
        extra = _extra(self.stride, self.kernel, self.padding)
        return f"{word} {self.kernel}{extra}{' up' if self.rounds_up else ''}"


@dataclass(frozen=True)
class GlobalAverage:
    """Mean of each map."""

    def __str__(self) -> str:
        return "gap"


@dataclass(frozen=True)
class BatchNorm:
    """Batch normalisation with scale and shift."""

    def __str__(self) -> str:
        return "bn"


@dataclass(frozen=True)
class Activation:
    """A function of each value alone."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Residual:
    """Basic residual block; its shortcut is a 1 x 1 convolution where the shape changes.

    References:
        K. He et al., Deep residual learning for image recognition, CVPR 2016, figure 2.
    """

    channels: int
    stride: int = 1

    def __str__(self) -> str:
        return f"res {self.channels}" + _extra(self.stride, 1, 0)


_LARGE_WEIGHTS = 2**18  # with fewer, calling another library costs what it saves


@dataclass(frozen=True)
class Linear:
    """A fully connected layer; before the first one the maps are laid out in a row."""

    units: int

    def __str__(self) -> str:
        return f"fc {self.units}"

    def is_large(self, num_values: int) -> bool:
        """Whether the layer has so many weights that how its product is computed matters."""
        return num_values * self.units >= _LARGE_WEIGHTS


@dataclass(frozen=True)
class Dropout:
    """Each value silent with this probability while training, the others scaled up."""

    p: float

    def __str__(self) -> str:
        decimals = f"{self.p:.6f}".rstrip("0").rstrip(".")  # never 1e-05, which is not read
        return f"dropout {decimals}"


Block = Conv | Pool | GlobalAverage | BatchNorm | Activation | Residual | Linear | Dropout

# The last pooling rounds up, so that crops of 28 also end in 4 x 4 x 64, as the lab asks.
ARCHITECTURES = {
    "lab": "conv 32 k5 p2, relu, pool 2, conv 64 k5 p2, relu, pool 2, conv 64 k5 p2, relu, "
    "pool 2 up, fc 1000, relu",
    "lenet5": "conv 6 k5, relu, pool 2, conv 16 k5, relu, pool 2, fc 120, relu, fc 84, relu",
    "resnet": "conv 32 k3 p1, bn, relu, res 32, res 64 s2, res 128 s2, gap",
}
"""Networks by name. LeNet-5 has the sizes of 1998 with today's ReLU and maximum."""


def parse_blocks(text: str) -> tuple[Block, ...]:
    """Read a list of blocks, or the name of one of `ARCHITECTURES`.

    Raises:
        ConfigError: If it is not of that form; says which block, what is allowed, what it read.
    """
    words = ARCHITECTURES.get(text.strip().lower(), text).lower()
    parts = [part.strip() for part in words.split(",")]
    if len(parts) > MAX_BLOCKS:
        raise _refusal(f"at most {MAX_BLOCKS} blocks", f"{len(parts)}")
    if parts == [""]:
        return ()
    return tuple(_parse(number, part) for number, part in enumerate(parts, start=1))


def canonical(text: str) -> str:
    """Return the one spelling of a list of blocks; raises as `parse_blocks`."""
    return ", ".join(map(str, parse_blocks(text)))


def effective_blocks(text: str, *, batch_norm: bool, dropout: float) -> tuple[Block, ...]:
    """Read a list and put in what the switches ask for.

    Args:
        text: As for `parse_blocks`.
        batch_norm: Put batch normalisation after each convolution that has none.
        dropout: Put dropout with this probability before the classifier, if it is not 0.

    Raises:
        ConfigError: As `parse_blocks`.
    """
    blocks = parse_blocks(text)
    changed: list[Block] = []
    for block, following in zip(blocks, (*blocks, None)[1:], strict=True):
        changed.append(block)
        if batch_norm and isinstance(block, Conv) and not isinstance(following, BatchNorm):
            changed.append(BatchNorm())
    if dropout:
        changed.append(Dropout(dropout))
    return tuple(changed)


_FORMS = {
    "conv": "conv C kK [sS] [pP]",
    "pool": "pool K [sS] [pP] [up]",
    "avgpool": "avgpool K [sS] [pP] [up]",
    "gap": "gap",
    "bn": "bn",
    "res": "res C [sS]",
    "fc": "fc N",
    "dropout": "dropout P",
    **{name: name for name in ACTIVATIONS},
}


def _parse(number: int, part: str) -> Block:
    word, *rest = part.split()[:8] or [""]
    if word not in _FORMS:
        received = f"{part[:40]!r} as block {number}"
        raise _refusal(f"blocks of the forms {', '.join(_FORMS.values())}", received)
    reader = _Reader(number, part, rest)
    block = _READERS[word](reader, word)
    reader.finish(_FORMS[word])
    return block


class _Reader:
    """The words of one block after its name."""

    def __init__(self, number: int, part: str, words: Sequence[str]) -> None:
        self.number, self.part, self.words = number, part, list(words)

    def integer(self, what: str, low: int, high: int) -> int:
        """Take the next word, a number."""
        word = self.words.pop(0) if self.words else ""
        return self._checked(word, what, low, high)

    def option(self, letter: str, what: str, low: int, high: int, default: int) -> int:
        """Take the word that begins with the letter, if there is one."""
        for word in self.words:
            if re.match(f"{letter}(\\d|-)", word):
                self.words.remove(word)
                return self._checked(word[1:], what, low, high)
        return default

    def flag(self, word: str) -> bool:
        """Take the word, if it is there."""
        if word not in self.words:
            return False
        self.words.remove(word)
        return True

    def fraction(self, what: str, high: float) -> float:
        """Take the next word, a number in [0, high]."""
        word = self.words.pop(0) if self.words else ""
        if not re.fullmatch(r"\d*\.?\d+", word) or float(word) > high:
            raise self.wrong(f"{what} from 0 to {high:g}", word)
        return float(word)

    def finish(self, form: str) -> None:
        """Refuse words that nobody took."""
        if self.words:
            raise self.wrong(f"the form {form}", self.words[0])

    def _checked(self, word: str, what: str, low: int, high: int) -> int:
        if not re.fullmatch(r"\d{1,9}", word) or not low <= int(word) <= high:
            raise self.wrong(f"{what} from {low} to {high}", word)
        return int(word)

    def wrong(self, expected: str, word: str) -> ConfigError:
        """Return the refusal of a word."""
        received = f"{word[:20]!r}" if word else "nothing"
        return _refusal(f"in block {self.number} ({self.part[:40]}) {expected}", received)


def _conv(reader: _Reader, _: str) -> Block:
    channels = reader.integer("channels", 1, MAX_CHANNELS)
    kernel = reader.option("k", "a kernel size k", 1, MAX_KERNEL, 0)
    if not kernel:
        raise reader.wrong(f"a kernel size k1 to k{MAX_KERNEL}", "")
    stride = reader.option("s", "a stride s", 1, MAX_STRIDE, 1)
    return Conv(channels, kernel, stride, reader.option("p", "a padding p", 0, MAX_KERNEL, 0))


def _pool(reader: _Reader, word: str) -> Block:
    kernel = reader.integer("a window", 1, MAX_KERNEL)
    stride = reader.option("s", "a stride s", 1, MAX_STRIDE, min(kernel, MAX_STRIDE))
    padding = reader.option("p", "a padding p, at most half the window,", 0, kernel // 2, 0)
    kind = "max" if word == "pool" else "average"
    return Pool(kind, kernel, stride, padding, reader.flag("up"))


def _res(reader: _Reader, _: str) -> Block:
    channels = reader.integer("channels", 1, MAX_CHANNELS)
    return Residual(channels, reader.option("s", "a stride s", 1, MAX_STRIDE, 1))


_READERS: dict[str, Callable[[_Reader, str], Block]] = {
    "conv": _conv,
    "pool": _pool,
    "avgpool": _pool,
    "gap": lambda *_: GlobalAverage(),
    "bn": lambda *_: BatchNorm(),
    "res": _res,
    "fc": lambda reader, _: Linear(reader.integer("units", 1, MAX_UNITS)),
    "dropout": lambda reader, _: Dropout(reader.fraction("a probability", MAX_DROPOUT)),
    **{name: lambda _, word: Activation(word) for name in ACTIVATIONS},
}


def _extra(stride: int, usual_stride: int, padding: int) -> str:
    return (f" s{stride}" if stride != usual_stride else "") + (f" p{padding}" if padding else "")


def _refusal(expected: str, received: str) -> ConfigError:
    message = f"The 'architecture' parameter must have {expected}. Got {received}."
    return ConfigError(message, "architecture")
