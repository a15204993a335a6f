"""Small ICC profiles (ICC.1:2001-04) of three primaries and one gamma."""

from __future__ import annotations

import struct

import numpy as np

# A column is a primary under D50: of Apple's Display P3, and of IEC 61966-2-1.
P3 = np.array(
    [[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]
)
SRGB = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
)
D50 = (0.96420, 1.0, 0.82491)
GAMMA = 2.19921875  # of Adobe RGB, which 8.8 bits hold exactly


def _numbers(values: tuple[float, ...]) -> bytes:
    return struct.pack(">3i", *(round(value * 65536) for value in values))


def rgb_profile(primaries: np.ndarray = P3) -> bytes:
    """A display profile with these primaries and the gamma `GAMMA`."""
    columns = dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(tuple, primaries.T), strict=True))
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(GAMMA * 256)) + bytes(2)
    tags = {name: b"XYZ " + bytes(4) + _numbers(at) for name, at in columns.items()}
    tags[b"wtpt"] = b"XYZ " + bytes(4) + _numbers(D50)
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return _file(b"RGB ", tags)


def grey_profile(gamma: float) -> bytes:
    """A display profile of grey pixels."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    return _file(b"GRAY", {b"wtpt": b"XYZ " + bytes(4) + _numbers(D50), b"kTRC": curve})


def _file(colours: bytes, tags: dict[bytes, bytes]) -> bytes:
    table, content = struct.pack(">I", len(tags)), b""
    begin = 128 + 4 + 12 * len(tags)
    for name, tag in tags.items():
        table += name + struct.pack(">II", begin + len(content), len(tag))
        content += tag
    header = struct.pack(
        ">I4sI4s4s4s", begin + len(content), bytes(4), 0x02400000, b"mntr", colours, b"XYZ "
    )
    header += bytes(12) + b"acsp" + bytes(28) + _numbers(D50)
    return header.ljust(128, b"\0") + table + content
