"""How standalone scripts get their images (rdfia_core/scripts); never imported.

N images, S pixels a side, C channels.
"""

import os
from pathlib import Path

import numpy as np
import torch
import torchvision
from sklearn.datasets import load_digits

from rdfia_core.data.images.shapes import draw_part
from rdfia_core.data.images.splits import choose_rows
from rdfia_core.training.image_data import resident_part

# %% Settings of the data
# What the run was given. Change numbers and run it again; what a name, a 0 or a switch decides
# is worked into the code below already.
DATASET: str = "digits"
NUM_CLASSES: int = 10
NUM_TRAIN: int = 0  # 0: all that validation leaves
NUM_VAL: int = 200
SEED: int = 0
DEVICE: str = "cpu"
NUM_THREADS: int = 1  # sums are rounded in another order with another number
NEEDS_FOLDER: bool = True
if NEEDS_FOLDER:
    DATA_DIR = Path(os.environ.get("RDFIA_DATA_DIR", "data"))

torch.set_num_threads(NUM_THREADS)

# %% Images
# Bytes (N, S, S, C) and their classes, then three parts: the rows are drawn by the seed.
IS_OWN: bool = False
FOLDER: str = ""
FETCHED: type = torchvision.datasets.MNIST
if DATASET == "digits":
    digits = load_digits()
    x_N = ((digits.data.astype(np.int64) * 255 + 8) // 16).astype(np.uint8).reshape(-1, 8, 8, 1)
    y_N = digits.target.astype(np.int64)
    rows, test_rows = choose_rows(y_N, num_train=1437, num_val=360, seed=0)
    x_train, y_train, x_test, y_test = x_N[rows], y_N[rows], x_N[test_rows], y_N[test_rows]
elif DATASET == "shapes10":
    x_train, y_train = draw_part("train", 5000)
    x_test, y_test = draw_part("test", 1000)
elif IS_OWN:
    # The folder of the imported set: x_train.npy and so on.
    names = ("x_train", "y_train", "x_test", "y_test")
    x_train, y_train, x_test, y_test = (np.load(DATA_DIR / FOLDER / f"{n}.npy") for n in names)
else:
    if (DATA_DIR / f"{DATASET}.npz").exists():
        arrays = np.load(DATA_DIR / f"{DATASET}.npz")
        x_train, y_train = arrays["x_train"], arrays["y_train"]
        x_test, y_test = arrays["x_test"], arrays["y_test"]
    else:
        fetched = FETCHED(DATA_DIR, train=True, download=True)
        fetched_test = FETCHED(DATA_DIR, train=False, download=True)
        x_train, y_train = np.asarray(fetched.data), np.asarray(fetched.targets)
        x_test, y_test = np.asarray(fetched_test.data), np.asarray(fetched_test.targets)
    # Grey images get their channel, classes their plain form.
    x_train, x_test = (x.reshape(*x.shape[:3], -1) for x in (x_train, x_test))
    y_train, y_test = (y.reshape(-1).astype(np.int64) for y in (y_train, y_test))

rows, val_rows = choose_rows(y_train, num_train=NUM_TRAIN, num_val=NUM_VAL, seed=SEED)
train = resident_part("train", x_train, y_train, rows, DEVICE)
test = resident_part("test", x_test, y_test, np.arange(len(y_test)), DEVICE)
measured = [test]
if NUM_VAL:
    measured = [resident_part("val", x_train, y_train, val_rows, DEVICE), test]
print(f"{len(train):,} training images")
