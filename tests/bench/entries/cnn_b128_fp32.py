"""One epoch of the CNN lab's network at batch 128 in float32 (see tests/bench/images.py)."""

from tests.bench.images import image_entry

ENTRY = image_entry(batch_size=128, precision="float32", target="ratio >= 1.6")
