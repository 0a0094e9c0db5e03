"""Numeric arrays of a MATLAB file, versions 5 to 7, read with NumPy alone.

SciPy reads far more, but its compiled reader crashes the whole process on some damaged files, and
uploads are read inside the interface. Here every length is checked against the bytes there are.

References:
    MathWorks, MAT-File Format (version 5), "Level 5 MAT-Files".
"""

import math
import struct
import zlib
from collections.abc import Iterator
from itertools import islice

import numpy as np

HEADER_BYTES = 128
MATRIX, COMPRESSED = 14, 15
# Element type -> NumPy type. A matrix of doubles may be stored in a smaller one.
NUMBERS = {
    1: "i1",
    2: "u1",
    3: "i2",
    4: "u2",
    5: "i4",
    6: "u4",
    7: "f4",
    9: "f8",
    12: "i8",
    13: "u8",
}
FIRST_NUMERIC_CLASS, LAST_NUMERIC_CLASS = 6, 15  # double to uint64; below: cell, struct, char, ...
COMPLEX_FLAG = 0x0800

Array = np.ndarray


def read_matrices(content: bytes, max_bytes: int) -> dict[str, Array]:
    """Return the file's real numeric arrays by name; arrays of other kinds are passed over.

    Args:
        content: The file.
        max_bytes: How large it may be when unpacked.

    Returns:
        Arrays in the shape that MATLAB shows: always two axes or more.

    Raises:
        ValueError: If the file is damaged, of another version, or larger than allowed.
    """
    if content[:19] == b"MATLAB 7.3 MAT-file" or content[:4] == b"\x89HDF":
        message = "it is of version 7.3; save it again in MATLAB with the option '-v7'"
        raise ValueError(message)
    order = {b"IM": "<", b"MI": ">"}.get(content[126:HEADER_BYTES])
    if order is None:
        raise ValueError("it is not a MATLAB file of version 5 to 7")

    matrices: dict[str, Array] = {}
    room = max_bytes
    for kind, element in _elements(content[HEADER_BYTES:], order):
        data = _unpacked(element, room) if kind == COMPRESSED else element
        room -= len(data)
        inner = _elements(data, order) if kind == COMPRESSED else iter([(kind, element)])
        for inner_kind, matrix in inner:
            if inner_kind == MATRIX:
                matrices |= _matrix(matrix, order)
    return matrices


def _elements(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Walk over elements: type and length, 4 bytes each, then the data, padded to 8 bytes."""
    position = 0
    while position + 8 <= len(data):
        kind, length = struct.unpack_from(f"{order}II", data, position)
        start = position + 8
        if kind >> 16:  # up to 4 bytes of data: type and length share 4 bytes, data the other 4
            kind, length, start = kind & 0xFFFF, kind >> 16, position + 4
        if start + length > len(data):
            raise ValueError("it ends in the middle of an array")
        yield kind, data[start : start + length]
        position = start + length
        if kind != COMPRESSED:
            position += -position % 8


def _unpacked(packed: bytes, room: int) -> bytes:
    """Decompress, but never much more than there is room for."""
    try:
        data = zlib.decompressobj().decompress(packed, room + 1)
    except zlib.error as error:
        raise ValueError("its compressed part is damaged") from error
    if len(data) > room:
        raise ValueError("it unpacks to more than is allowed")
    return data


def _matrix(data: bytes, order: str) -> dict[str, Array]:
    """Read flags, shape, name and values of one array; empty if it is not of real numbers."""
    parts = list(islice(_elements(data, order), 4))
    if len(parts) < 4 or len(parts[0][1]) != 8:
        return {}
    (_, flags), (_, shape_bytes), (_, name), (kind, values) = parts
    (flag,) = struct.unpack_from(f"{order}I", flags)
    is_numeric = FIRST_NUMERIC_CLASS <= flag & 0xFF <= LAST_NUMERIC_CLASS
    if not is_numeric or flag & COMPLEX_FLAG or kind not in NUMBERS or len(shape_bytes) % 4:
        return {}
    shape = struct.unpack(f"{order}{len(shape_bytes) // 4}i", shape_bytes)
    dtype = np.dtype(order + NUMBERS[kind])
    if min(shape, default=-1) < 0 or math.prod(shape) * dtype.itemsize != len(values):
        raise ValueError("the shape of an array does not fit its data")
    array = np.frombuffer(values, dtype).reshape(shape, order="F")  # MATLAB goes down the columns
    return {name.decode("ascii", "replace"): array.astype(dtype.newbyteorder("="))}
