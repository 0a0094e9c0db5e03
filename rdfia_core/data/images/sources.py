"""The image sets that the playground knows by name: what they hold and where they come from."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class RemoteFile:
    """One file of a download.

    Args:
        name: Its name on disk.
        urls: Mirrors, tried in this order; each serves the same bytes.
        md5: Checksum of the whole file, 32 hexadecimal digits.
        num_bytes: Its size, for the progress shown before a server has told it.
    """

    name: str
    urls: tuple[str, ...]
    md5: str
    num_bytes: int


@dataclass(frozen=True)
class ImageSource:
    """A set by name, before anything of it is on the machine.

    Args:
        name: What a config calls it.
        title: What a person calls it.
        image_size: Pixels a side.
        num_channels: 1 for grey, 3 for colour.
        num_train: Images of the official training part.
        num_test: Images of the official test part.
        class_names: Names of the classes 0, 1, and so on.
        terms: Licence and citation, one line.
        files: What a download consists of; empty if the set is embedded.
    """

    name: str
    title: str
    image_size: int
    num_channels: int
    num_train: int
    num_test: int
    class_names: tuple[str, ...]
    terms: str
    files: tuple[RemoteFile, ...] = ()

    @property
    def is_embedded(self) -> bool:
        """Whether it needs no network: it comes with the program or is computed."""
        return not self.files

    @property
    def num_classes(self) -> int:
        """Classes."""
        return len(self.class_names)

    @property
    def download_bytes(self) -> int:
        """Bytes to fetch, 0 if it is embedded."""
        return sum(file.num_bytes for file in self.files)

    @property
    def image_bytes(self) -> int:
        """Bytes of all its pixels."""
        return (self.num_train + self.num_test) * self.image_size**2 * self.num_channels


def _mnist_files(
    mirrors: tuple[str, ...], files: Mapping[str, tuple[str, int]]
) -> tuple[RemoteFile, ...]:
    return tuple(
        RemoteFile(name, tuple(mirror + name for mirror in mirrors), md5, num_bytes)
        for name, (md5, num_bytes) in files.items()
    )


_DIGITS = tuple("0123456789")

_ALL = (
    ImageSource(
        name="cifar10",
        title="CIFAR-10",
        image_size=32,
        num_channels=3,
        num_train=50_000,
        num_test=10_000,
        class_names=(
            "airplane",
            "automobile",
            "bird",
            "cat",
            "deer",
            "dog",
            "frog",
            "horse",
            "ship",
            "truck",
        ),
        terms="A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009; no "
        "licence is stated, the authors ask for the citation.",
        files=(
            # The binary version: the Python version is a pickle, and no pickle is ever loaded.
            RemoteFile(
                name="cifar-10-binary.tar.gz",
                urls=("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",),
                md5="c32a1d4ab5d03f1284b67883e8d87530",
                num_bytes=170_052_171,
            ),
        ),
    ),
    ImageSource(
        name="mnist",
        title="MNIST",
        image_size=28,
        num_channels=1,
        num_train=60_000,
        num_test=10_000,
        class_names=_DIGITS,
        terms="Y. LeCun et al., Gradient-Based Learning Applied to Document Recognition, Proc. "
        "IEEE 86(11), 1998; commonly stated as CC BY-SA 3.0.",
        files=_mnist_files(
            (
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
                "http://yann.lecun.com/exdb/mnist/",
            ),
            {
                "train-images-idx3-ubyte.gz": ("f68b3c2dcbeaaa9fbdd348bbdeb94873", 9_912_422),
                "train-labels-idx1-ubyte.gz": ("d53e105ee54ea40749a09fcbcd1e9432", 28_881),
                "t10k-images-idx3-ubyte.gz": ("9fb629c4189551a2d022fa330f9573f3", 1_648_877),
                "t10k-labels-idx1-ubyte.gz": ("ec29112dd5afa0611ce80d1b7f02629c", 4_542),
            },
        ),
    ),
    ImageSource(
        name="fashion_mnist",
        title="Fashion-MNIST",
        image_size=28,
        num_channels=1,
        num_train=60_000,
        num_test=10_000,
        class_names=(
            "T-shirt/top",
            "trouser",
            "pullover",
            "dress",
            "coat",
            "sandal",
            "shirt",
            "sneaker",
            "bag",
            "ankle boot",
        ),
        terms="H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST, arXiv:1708.07747, 2017; MIT licence.",
        files=_mnist_files(
            (
                "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            ),
            {
                "train-images-idx3-ubyte.gz": ("8d4fb7e6c68d591d4c3dfef9ec88bf0d", 26_421_880),
                "train-labels-idx1-ubyte.gz": ("25c81989df183df01b3e8a0aad5dffbe", 29_515),
                "t10k-images-idx3-ubyte.gz": ("bef4ecab320f06d8554ea6380940ec79", 4_422_102),
                "t10k-labels-idx1-ubyte.gz": ("bb300cfdad3c16e7a12a480ee83cd310", 5_148),
            },
        ),
    ),
    ImageSource(
        name="digits",
        title="Digits 8×8",
        image_size=8,
        num_channels=1,
        num_train=1_437,
        num_test=360,
        class_names=_DIGITS,
        terms="E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998, as "
        "scikit-learn ships it; CC BY 4.0.",
    ),
    ImageSource(
        name="shapes10",
        title="Shapes-10 (generated)",
        image_size=32,
        num_channels=3,
        num_train=5_000,
        num_test=1_000,
        class_names=(
            "disc",
            "ring",
            "square",
            "triangle",
            "cross",
            "star",
            "bar",
            "crescent",
            "corner",
            "checker",
        ),
        terms="Drawn by the playground; free of any terms.",
    ),
)

SOURCES: Mapping[str, ImageSource] = {source.name: source for source in _ALL}
"""By name, in the order in which they are offered."""
