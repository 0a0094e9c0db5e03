"""The textbook loop on images: PIL pictures, torchvision transforms, a DataLoader, float32, NCHW.

It is what a tutorial would write for the lab: the lab's network in `nn.Sequential`, random crop,
flip, `ToTensor`, `Normalize`, `torch.optim.SGD`, the loss read with `item()`. It evaluates nothing
and tells nobody.
"""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import Compose, Normalize, RandomCrop, RandomHorizontalFlip, ToTensor

from tests.bench.home import serve

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
WARM_UP = 10  # batches


class Pictures(Dataset[tuple[Tensor, int]]):
    """A data set as torchvision's own classes serve it: each picture by itself, through PIL."""

    def __init__(self, name: str, transform: Compose) -> None:
        folder = Path(os.environ["RDFIA_DATA_DIR"])
        with np.load(folder / f"{name}.npz", allow_pickle=False) as archive:
            self.x, self.y = archive["x_train"], archive["y_train"].ravel()
        self.transform = transform

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(Image.fromarray(self.x[index])), int(self.y[index])


def lab_network() -> nn.Sequential:
    """Build the lab's network, layer by layer as it is drawn."""
    return nn.Sequential(
        nn.Conv2d(3, 32, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2, ceil_mode=True),
        nn.Flatten(),
        nn.Linear(1024, 1000),
        nn.ReLU(),
        nn.Linear(1000, 10),
    )


def train(**asked: int) -> dict[str, Any]:
    """Train the CNN lab's network on CIFAR-10; `asked` as in `textbook_loop`."""
    recipe = Compose([RandomCrop(28), RandomHorizontalFlip(), ToTensor(), Normalize(MEAN, STD)])
    network = lab_network()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    return textbook_loop(Pictures("cifar10", recipe), network, optimizer, **asked)


def textbook_loop(
    pictures: Pictures,
    network: nn.Module,
    optimizer: Optimizer,
    *,
    batch_size: int,
    num_batches: int,
    num_workers: int,
    threads: int,
    niceness: int,
) -> dict[str, Any]:
    """Train for some batches after a few that are not counted; answers with the seconds."""
    os.nice(max(0, niceness - os.nice(0)))
    torch.set_num_threads(threads)
    loader = DataLoader(pictures, batch_size, shuffle=True, num_workers=num_workers)
    loss_function = nn.CrossEntropyLoss()
    begun = 0.0
    total = 0.0
    for number, (x_BCHW, y_B) in enumerate(loader):
        if number == WARM_UP:
            begun = time.perf_counter()
        if number == WARM_UP + num_batches:
            break
        optimizer.zero_grad()
        loss = loss_function(network(x_BCHW), y_B)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return {"seconds": time.perf_counter() - begun, "loss": total}


if __name__ == "__main__":
    serve(train)
