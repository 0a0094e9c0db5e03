"""One epoch of the CNN lab's network at batch 128 in bfloat16 (see tests/bench/images.py)."""

from tests.bench.images import image_entry

ENTRY = image_entry(batch_size=128, precision="bfloat16", target="ratio >= 2.3")
