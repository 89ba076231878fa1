"""A picture: evening at a mountain lake, painted row by row from back to front.

A row is a list of pixels, a pixel three bytes. Everything that covers something else is a *skyline*: for each
column, how far up it reaches. The water is the finished upper half, mirrored and shaken by noise.
"""

import math
import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from operator import add

from notion_sync.samples.png import encode_png

WIDTH, HEIGHT = 1200, 800
_SHORE = 505  # the row where the water begins
_SUN = (842, 338)
_SUN_RADIUS = 42
_DARK = bytes((13, 11, 30))

Pixel = bytes
Row = list[Pixel]
Skyline = list[float]


def sunset_png() -> bytes:
    """The picture as a PNG file."""
    chance = random.Random(1857)  # noqa: S311
    rows = _sky(chance)
    for skyline, colour, haze in _mountains(chance):
        _cover(rows, skyline, lambda y, c=colour, h=haze: _mix(c, h, ((y - 300) / (_SHORE - 300)) ** 2))  # type: ignore[misc]
    rows += _water(rows, chance)
    _birds(rows)
    _near_shore(rows, chance)
    return encode_png(WIDTH, HEIGHT, (b"".join(row) for row in rows))


def _mix(a: Pixel, b: Pixel, share: float) -> Pixel:
    """Between two colours: `a` at 0, `b` at 1."""
    share = min(max(share, 0.0), 1.0)
    return bytes(round(x + (y - x) * share) for x, y in zip(a, b, strict=True))


def _noise(chance: random.Random, length: int, wave: int, octaves: int = 4) -> list[float]:
    """A smooth random line from about -1 to 1 whose longest waves are `wave` columns long."""
    line = [0.0] * length
    for octave in range(octaves):
        step = max(wave >> octave, 2)
        height = 0.55**octave
        knots = [chance.uniform(-height, height) for _ in range(length // step + 2)]
        ease = [(1 - math.cos(math.pi * i / step)) / 2 for i in range(step)]
        curve = [a + (b - a) * e for a, b in pairwise(knots) for e in ease]
        line = list(map(add, line, curve))
    return line


def _palette() -> list[Pixel]:
    """Night at the lower end, the sun at the upper one."""
    stops = [
        (0, (22, 22, 62)), (150, (44, 34, 92)), (320, (104, 56, 122)), (480, (186, 84, 122)),
        (620, (238, 124, 100)), (760, (252, 172, 104)), (900, (255, 216, 150)), (1023, (255, 247, 218)),
    ]  # fmt: skip
    colours = [
        _mix(bytes(a), bytes(b), i / (end - start))
        for (start, a), (end, b) in pairwise(stops)
        for i in range(end - start)
    ]
    return [*colours, bytes(stops[-1][1])]


def _sky(chance: random.Random) -> list[Row]:
    palette = _palette()
    palette += [palette[-1]] * 2400 + [
        palette[0]
    ] * 600  # for what is brighter than 1023; for what is below 0
    glow = [_glow(math.sqrt(d << 4)) for d in range((WIDTH**2 + HEIGHT**2) >> 4)]
    across = [(x - _SUN[0]) ** 2 for x in range(WIDTH)]
    veil, streak = (_noise(chance, 14 * WIDTH, wave) for wave in (300, 130))
    rows = []
    for y in range(_SHORE):
        height = y / _SHORE
        cloud = 150 * max(0.0, math.sin(math.pi * min(1.0, height * 1.15))) ** 1.5
        base = round(40 + 700 * height**1.25)
        down = (y - _SUN[1]) ** 2
        a, b = 7 * y, 12 * WIDTH - 11 * y
        drift = zip(veil[a : a + WIDTH], streak[b : b + WIDTH], strict=True)
        clouds = [round(cloud * u * v) for u, v in drift]
        rows.append([palette[base + c + glow[(d + down) >> 4]] for c, d in zip(clouds, across, strict=False)])
    for _ in range(170):
        x, y = chance.randrange(WIDTH), int(250 * chance.random() ** 2)
        rows[y][x] = _mix(rows[y][x], b"\xff\xf8\xe8", chance.uniform(0.15, 0.9) * (1 - y / 260))
    return rows


def _glow(distance: float) -> int:
    disc = 900 * min(max(_SUN_RADIUS + 1 - distance, 0.0), 1.0)
    return round(disc + 330 * math.exp(-distance / 90) + 170 * math.exp(-distance / 330))


def _mountains(chance: random.Random) -> Iterator[tuple[Skyline, Pixel, Pixel]]:
    """Skyline, colour at the top and colour in the haze at the foot, the farthest range first."""
    ranges = [
        (150, 420, 62, (176, 96, 132), (246, 160, 124)),
        (112, 300, 52, (128, 72, 122), (222, 132, 122)),
        (70, 220, 40, (84, 52, 106), (172, 98, 116)),
        (34, 160, 26, (48, 34, 82), (112, 66, 100)),
    ]
    for height, wave, rough, colour, haze in ranges:
        line = _noise(chance, WIDTH, wave, octaves=7)
        yield [_SHORE - max(height + rough * n, 1.0) for n in line], bytes(colour), bytes(haze)


def _cover(rows: list[Row], skyline: Skyline, colour: Callable[[int], Pixel]) -> None:
    """Paint everything below the skyline; its edge is softened."""
    for y in range(max(int(min(skyline)), 0), len(rows)):
        c, end = colour(y), y + 1
        rows[y] = [
            c if top <= y else p if top >= end else _mix(p, c, end - top)
            for top, p in zip(skyline, rows[y], strict=False)
        ]


def _water(sky: list[Row], chance: random.Random) -> list[Row]:
    swell, ripple = _noise(chance, 4 * WIDTH, 60), _noise(chance, 4 * WIDTH, 22)
    rows = []
    for depth in range(HEIGHT - _SHORE):
        a, b = chance.randrange(2 * WIDTH), (depth * 37) % (2 * WIDTH)
        push = 1.5 + depth * 0.17
        mirror = _SHORE - 1 - depth - depth // 3
        seen = [
            sky[min(max(mirror + int(push * (u + v)), 0), _SHORE - 1)][x]
            for x, (u, v) in enumerate(zip(swell[a : a + WIDTH], ripple[b : b + WIDTH], strict=False))
        ]
        share = 0.2 + 0.6 * depth / (HEIGHT - _SHORE)
        red, green, blue = 1 - 0.45 * share, 1 - 0.8 * share, 1 - 0.5 * share
        dimmed = {p: bytes((int(p[0] * red), int(p[1] * green), int(p[2] * blue))) for p in set(seen)}
        rows.append([dimmed[p] for p in seen])
    return rows


def _near_shore(rows: list[Row], chance: random.Random) -> None:
    """The dark bank in the foreground: firs on the left, reeds on the right."""
    rough = _noise(chance, WIDTH, 120, octaves=6)
    bank = [
        HEIGHT + 4 - 92 * math.exp(-((x / 330) ** 2)) - 50 * math.exp(-(((WIDTH - x) / 240) ** 2)) - 5 * n
        for x, n in enumerate(rough[:WIDTH])
    ]
    _cover(rows, bank, lambda _y: _DARK)
    heights = {30: 350, 92: 215, 150: 430, 222: 275, 282: 165, 330: 205, 392: 100, 432: 68}
    for x, height in heights.items():
        _fir(rows, x, round(bank[x]) + 6, height, chance)
    for _ in range(46):
        x = WIDTH - 6 - int(250 * chance.random() ** 1.3)
        _reed(rows, x, round(bank[x]) + 4, chance.uniform(30, 130) * (1 - (WIDTH - x) / 420), chance)


def _span(row: Row, left: float, right: float) -> None:
    """Darken a row from `left` to `right`; both ends are softened."""
    left, right = max(left, 0.0), min(right, WIDTH - 1.0)
    first, last = math.ceil(left), math.floor(right)
    if last < first:
        if right > left:
            row[last] = _mix(row[last], _DARK, right - left)
        return
    row[first:last] = [_DARK] * (last - first)
    if first:
        row[first - 1] = _mix(row[first - 1], _DARK, first - left)
    row[last] = _mix(row[last], _DARK, right - last)


def _fir(rows: list[Row], middle: int, foot: int, height: int, chance: random.Random) -> None:
    tier, tiers = 0.0, 7 + height // 45
    ragged = [chance.uniform(0.78, 1.12) for _ in range(2 * tiers + 2)]
    for y in range(foot - height, min(foot, HEIGHT)):
        down = (y - foot + height) / height
        tier = down**0.8 * tiers
        # Boughs widen downwards and start again a little narrower at each tier.
        reach = 0.2 * height * down**0.85 * (0.42 + 0.58 * (tier % 1.0)) + 0.3
        reach *= min(1.0, (1 - down) * 40)
        left, right = ragged[2 * int(tier)], ragged[2 * int(tier) + 1]
        trunk = 0.012 * height * down
        _span(rows[y], middle - max(reach * left, trunk), middle + max(reach * right, trunk))


def _reed(rows: list[Row], x: int, foot: int, height: float, chance: random.Random) -> None:
    lean, head = chance.uniform(-0.22, 0.12), chance.random() < 0.4
    for i in range(round(height)):
        up = i / height
        middle = x + lean * i * up
        thick = 2.4 if head and 0.72 < up < 0.93 else 1.1 * (1 - up) + 0.35
        if 0 <= foot - i < HEIGHT:
            _span(rows[foot - i], middle - thick, middle + thick)


def _birds(rows: list[Row]) -> None:
    for middle, level, span in [(470, 190, 15), (508, 172, 12), (540, 196, 10), (585, 168, 8), (436, 216, 9)]:
        for i in range(-span, span + 1):
            y = level - span * 0.55 * math.sin(math.pi * abs(i) / span * 0.8)
            for row, share in ((int(y), 1 - y % 1), (int(y) + 1, 1.0), (int(y) + 2, y % 1)):
                rows[row][middle + i] = _mix(rows[row][middle + i], _DARK, share * 0.85)
