"""An animation: a sunflower's seeds, each a golden angle further than the last, opening and closing."""

import math
from collections.abc import Iterator

from notion_sync.samples.gif import encode_gif

_SIZE = 240
_FRAMES = 24
_SEEDS = 260
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
_NIGHT = (24, 20, 52)
_RAMP = [(122, 60, 150), (226, 84, 128), (252, 156, 92), (255, 222, 132)]
_SHADES = 16  # of each seed colour, from the night to its full strength: that softens the edges


def sunflower_gif() -> bytes:
    """The animation as a GIF file."""
    return encode_gif(_SIZE, _SIZE, _palette(), _frames(), pause=7)


def _palette() -> list[bytes]:
    return [
        bytes(round(n + (c - n) * shade / (_SHADES - 1)) for n, c in zip(_NIGHT, colour, strict=True))
        for colour in _RAMP
        for shade in range(_SHADES)
    ]


def _frames() -> Iterator[bytes]:
    for frame in range(_FRAMES):
        turn = 2 * math.pi * frame / _FRAMES
        canvas = bytearray(_SIZE * _SIZE)
        for seed in range(_SEEDS):
            outward = math.sqrt((seed + 0.5) / _SEEDS)
            wave = (1 + math.cos(turn - 4.2 * outward)) / 2
            angle = seed * _GOLDEN_ANGLE + 0.22 * math.sin(turn - 2 * outward)
            away = (_SIZE / 2 - 14) * outward * (0.93 + 0.07 * wave)
            x, y = _SIZE / 2 + away * math.cos(angle), _SIZE / 2 + away * math.sin(angle)
            colour = min(int((1 - outward) * 2.6 + wave * 1.4), len(_RAMP) - 1)
            _dot(canvas, x, y, 1.2 + 4.6 * outward * (0.45 + 0.55 * wave), colour * _SHADES)
        yield bytes(canvas)


def _dot(canvas: bytearray, x: float, y: float, radius: float, base: int) -> None:
    reach = int(radius) + 2
    for row in range(int(y) - reach, int(y) + reach + 1):
        for column in range(int(x) - reach, int(x) + reach + 1):
            cover = radius + 0.5 - math.hypot(column - x, row - y)
            if cover > 0:
                shade = base + int(min(cover, 1.0) * (_SHADES - 1))
                at = row * _SIZE + column
                if shade % _SHADES > canvas[at] % _SHADES:
                    canvas[at] = shade
