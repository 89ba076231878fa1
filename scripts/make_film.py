#!/usr/bin/env python3
"""Shoot `notion_sync/samples/paper_boat.mp4`: a paper boat at night, with the music box.

    apt-get install ffmpeg
    .venv/bin/python scripts/make_film.py

The frames are drawn here, twice as large as they are shown, and handed to ffmpeg, which softens them by
shrinking. Run it only to change the film: the result is kept in the repository.
"""

import math
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

SAMPLES = Path(__file__).parent.parent / "notion_sync" / "samples"
FILM, MELODY = SAMPLES / "paper_boat.mp4", SAMPLES / "music_box.wav"
WIDTH, HEIGHT = 1280, 720
RATE, SECONDS = 24, 7.5
FRAMES = int(RATE * SECONDS)
MOON = (960, 170)

Pixel = bytes
Row = list[Pixel]
Point = tuple[float, float]

# Each: level, height of the swell, waves across, their speed, colour at the crest and far below.
WAVES = [
    (440, 9, 5, 1, (66, 74, 148), (30, 36, 92)),
    (488, 14, 4, -1, (58, 68, 146), (22, 27, 76)),
    (548, 20, 3, 1, (48, 60, 138), (14, 17, 54)),
    (604, 20, 2, -1, (38, 50, 124), (8, 10, 36)),
]


def main() -> None:
    """Draw all frames into ffmpeg."""
    command = [
        "ffmpeg", "-v", "error", "-y",
        "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "-",
        "-i", str(MELODY),
        "-vf", f"scale={WIDTH // 2}:{HEIGHT // 2}:flags=lanczos", "-pix_fmt", "yuv420p",
        "-c:v", "libx264", "-preset", "veryslow", "-tune", "animation", "-crf", "27",
        "-c:a", "aac", "-b:a", "48k", "-ac", "1", "-t", str(SECONDS),
        "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact",
        "-movflags", "+faststart", str(FILM),
    ]  # fmt: skip
    with subprocess.Popen(command, stdin=subprocess.PIPE) as ffmpeg:  # noqa: S603
        assert ffmpeg.stdin is not None
        for frame in frames():
            ffmpeg.stdin.write(frame)
        ffmpeg.stdin.close()
    if ffmpeg.returncode:
        sys.exit(f"ffmpeg ended with {ffmpeg.returncode}")
    sys.stdout.write(f"{FILM.name}: {FILM.stat().st_size:,} bytes\n")


def frames() -> Iterator[bytes]:
    """The frames, as ffmpeg's rawvideo wants them."""
    chance = random.Random(7)  # noqa: S311
    still = sky()
    stars = [
        (
            chance.randrange(WIDTH),
            int(430 * chance.random() ** 1.3),
            chance.random(),
            chance.choice((1, 2, 2, 3)),
        )
        for _ in range(120)
    ]
    for number in range(FRAMES):
        turn = 2 * math.pi * number / FRAMES
        rows = [row[:] for row in still]
        for x, y, phase, size in stars:
            bright = 0.35 + 0.55 * math.sin(turn * (2 + int(3 * phase)) + 6.3 * phase) ** 2
            square(rows, x, y, size, bright * (1 - y / 520))
        shooting_star(rows, number / RATE - 3.1)
        for index, (level, swell, across, speed, crest, deep) in enumerate(WAVES):
            if index == 2:
                glitter(rows, turn)
            if index == 3:
                boat(rows, turn)
            line = [level + wave(x, turn, swell, across, speed) for x in range(WIDTH)]
            cover(rows, line, lambda y, a=crest, b=deep, top=level: mix(bytes(a), bytes(b), (y - top) / 150))  # type: ignore[misc]
        yield b"".join(b"".join(row) for row in rows)


def wave(x: float, turn: float, swell: float, across: int, speed: int) -> float:
    """How far below its level the surface is at a column; the same again after one full turn."""
    at = 2 * math.pi * x / WIDTH * across
    return swell * math.sin(at + turn * speed * 2) + 0.35 * swell * math.sin(2.3 * at - turn * speed * 3)


def mix(a: Pixel, b: Pixel, share: float) -> Pixel:
    """Between two colours."""
    share = min(max(share, 0.0), 1.0)
    return bytes(round(x + (y - x) * share) for x, y in zip(a, b, strict=True))


def sky() -> list[Row]:
    """Night, and the moon with its halo."""
    high, low, moon = bytes((9, 11, 40)), bytes((58, 52, 122)), bytes((255, 244, 214))
    rows = []
    for y in range(HEIGHT):
        base = mix(high, low, (y / 470) ** 1.4)
        row = []
        for x in range(WIDTH):
            away = math.hypot(x - MOON[0], y - MOON[1])
            bite = math.hypot(x - MOON[0] + 34, y - MOON[1] - 16)
            if away < 62 and bite > 56:
                row.append(moon)
            else:
                row.append(mix(base, moon, 0.30 * math.exp(-away / 120)))
        rows.append(row)
    return rows


def square(rows: list[Row], x: int, y: int, size: int, share: float) -> None:
    """A star."""
    for row in rows[y : y + size]:
        for column in range(x, min(x + size, WIDTH)):
            row[column] = mix(row[column], b"\xff\xf6\xe0", share)


def shooting_star(rows: list[Row], seconds: float) -> None:
    """It shines for a good half of a second."""
    if 0 <= seconds < 0.7:
        head = seconds / 0.7
        for i in range(160):
            along = head * 520 - i
            if along > 0:
                x, y = int(180 + along), int(60 + along * 0.42)
                square(rows, x, y, 3, (1 - i / 160) * math.sin(math.pi * head))


def glitter(rows: list[Row], turn: float) -> None:
    """The moon on the water: dashes that come and go."""
    chance = random.Random(3)  # noqa: S311
    for _ in range(70):
        y = 446 + int(150 * chance.random())
        x = MOON[0] + chance.gauss(0, 26 + (y - 440) * 0.35)
        phase, half = 6.3 * chance.random(), 8 + 26 * chance.random()
        share = 0.55 * math.sin(turn * 2 + phase) ** 2
        for row in rows[y : y + 3]:
            for column in range(max(int(x - half), 0), min(int(x + half), WIDTH)):
                row[column] = mix(row[column], b"\xff\xee\xc8", share)


def cover(rows: list[Row], line: list[float], colour: Callable[[int], Pixel]) -> None:
    """Paint everything below a line."""
    for y in range(max(int(min(line)), 0), HEIGHT):
        c = colour(y)
        rows[y] = [c if top <= y else p for top, p in zip(line, rows[y], strict=True)]


def boat(rows: list[Row], turn: float) -> None:
    """The boat rides on the third line of waves."""
    level, swell, across, speed, *_ = WAVES[2]
    middle = 500 + 26 * math.sin(turn)
    here = wave(middle, turn, swell, across, speed)
    slope = (
        wave(middle + 70, turn, swell, across, speed) - wave(middle - 70, turn, swell, across, speed)
    ) / 140
    tilt = math.atan(slope) * 0.9

    def place(points: list[Point]) -> list[Point]:
        c, s = math.cos(tilt), math.sin(tilt)
        return [
            (middle + 1.25 * (x * c - y * s), level + here + 6 + 1.25 * (x * s + y * c)) for x, y in points
        ]

    polygon(rows, place([(-56, 8), (0, -92), (0, 30)]), bytes((255, 250, 240)))
    polygon(rows, place([(56, 8), (0, -92), (0, 30)]), bytes((206, 204, 226)))
    polygon(rows, place([(-118, -16), (-66, 52), (0, 52), (0, 18)]), bytes((240, 234, 232)))
    polygon(rows, place([(118, -16), (66, 52), (0, 52), (0, 18)]), bytes((184, 182, 212)))


def polygon(rows: list[Row], points: list[Point], colour: Pixel) -> None:
    """Fill a convex shape, row by row."""
    edges = list(zip(points, points[1:] + points[:1], strict=True))
    for y in range(math.ceil(min(p[1] for p in points)), math.floor(max(p[1] for p in points)) + 1):
        cuts = [
            x0 + (x1 - x0) * (y - y0) / (y1 - y0)
            for (x0, y0), (x1, y1) in edges
            if min(y0, y1) <= y <= max(y0, y1) and y0 != y1
        ]
        if cuts and 0 <= y < HEIGHT:
            left, right = round(min(cuts)), round(max(cuts))
            rows[y][left:right] = [colour] * (right - left)


if __name__ == "__main__":
    main()
