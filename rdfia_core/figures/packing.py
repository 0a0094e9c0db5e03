"""Frames and packets: how pictures and curves travel to the browser (format: docs/live.md)."""

import json
import math
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rdfia_core.errors import ShapeError
from rdfia_core.events import Snapshot

MAGIC = b"RDF1"
FRAME_DTYPES = ("uint8", "int32", "float32")


def encode_frame(step: int, epoch: float, snapshot: Snapshot) -> bytes:
    """Pack the arrays of one moment into a compressed frame.

    Raises:
        ShapeError: If an array has a dtype that the browser does not read.
    """
    arrays: list[dict[str, Any]] = []
    blobs: list[bytes] = []
    offset = 0
    for name, array in snapshot.arrays.items():
        if array.dtype.name not in FRAME_DTYPES:
            raise ShapeError(f"Frame array '{name}' must be {FRAME_DTYPES}. Got {array.dtype}.")
        blob = array.tobytes()
        arrays.append(
            {
                "name": name,
                "dtype": array.dtype.name,
                "shape": list(array.shape),
                "offset": offset,
                "length": len(blob),
            }
        )
        blob += b"\0" * (-len(blob) % 4)
        blobs.append(blob)
        offset += len(blob)
    header = {"step": step, "epoch": epoch, "info": dict(snapshot.info), "arrays": arrays}
    encoded = json.dumps(header).encode()
    return zlib.compress(b"".join([struct.pack("<I", len(encoded)), encoded, *blobs]), 1)


def decode_frame(blob: bytes) -> tuple[int, float, Snapshot]:
    """Unpack a frame: its step, its epoch, its arrays."""
    raw = zlib.decompress(blob)
    (length,) = struct.unpack_from("<I", raw)
    header = json.loads(raw[4 : 4 + length])
    start = 4 + length
    arrays = {
        item["name"]: np.frombuffer(
            raw[start + item["offset"] : start + item["offset"] + item["length"]], item["dtype"]
        ).reshape(item["shape"])
        for item in header["arrays"]
    }
    return header["step"], header["epoch"], Snapshot(arrays, header["info"])


def encode_packet(header: Mapping[str, Any], blobs: Sequence[bytes]) -> bytes:
    """Pack a JSON header and blobs into one packet."""
    encoded = json.dumps(header, allow_nan=False).encode()
    return b"".join([MAGIC, struct.pack("<I", len(encoded)), encoded, *blobs])


def decode_packet(packet: bytes) -> tuple[dict[str, Any], bytes]:
    """Unpack a packet: its header, and all its blob bytes.

    Raises:
        ShapeError: If these bytes are not a packet.
    """
    if packet[:4] != MAGIC:
        raise ShapeError(f"A packet begins with {MAGIC!r}. Got {packet[:4]!r}.")
    (length,) = struct.unpack_from("<I", packet, 4)
    return json.loads(packet[8 : 8 + length]), packet[8 + length :]


def json_column(values: np.ndarray) -> list[float | None]:
    """Return numbers for JSON: what is not finite becomes null, floats keep 7 digits."""
    if values.dtype.kind in "iu":
        return [int(value) for value in values]
    return [float(f"{value:.7g}") if math.isfinite(value) else None for value in values.tolist()]
