"""A sound: a music box plays a few bars of its own."""

import io
import math
import sys
import wave
from array import array
from functools import cache
from operator import add

_RATE = 24_000  # samples a second
_BEAT = 0.21  # seconds
_RING = 1.7  # seconds until a tongue of the comb is still
_PARTIALS = (
    (1.0, 1.0, 2.6),
    (2.0, 0.32, 3.8),
    (4.0, 0.2, 7.0),
    (6.27, 0.1, 14.0),
)  # times pitch, strength, decay

# One step a beat. Two lines, in semitones above middle C; None is a rest.
_MELODY = (
    16, None, 19, 24, 23, 19, 16, None, 14, None, 17, 21, 19, 17, 14, None,
    12, None, 16, 19, 21, 19, 16, 14, 12, None, None, None,
)  # fmt: skip
_BASS = (
    0, None, 7, None, 4, None, 7, None, 2, None, 9, None, 5, None, 9, None,
    -3, None, 4, None, -7, None, -5, None, 0, 7, 12, 16,
)  # fmt: skip


def melody_wav() -> bytes:
    """The melody as a WAV file: one channel, 16 bits."""
    length = round((len(_MELODY) * _BEAT + _RING) * _RATE)
    mix = array("d", bytes(8 * length))
    for line, strength in ((_MELODY, 0.36), (_BASS, 0.22)):
        for step, pitch in enumerate(line):
            if pitch is not None:
                _play(mix, round(step * _BEAT * _RATE), _tongue(pitch, strength))
    samples = array("h", (round(32_000 * math.tanh(value)) for value in mix))
    if sys.byteorder == "big":
        samples.byteswap()
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_RATE)
        sound.writeframes(samples.tobytes())
    return file.getvalue()


def _play(mix: "array[float]", start: int, tone: "array[float]") -> None:
    end = start + len(tone)
    mix[start:end] = array("d", map(add, mix[start:end], tone))


@cache
def _tongue(pitch: int, strength: float) -> "array[float]":
    """One plucked tongue: partials that die away, the higher ones sooner.

    Each partial is a phasor turned and shortened by one complex product a sample: cheaper than a sine and
    an exponential.
    """
    hertz = 261.6256 * 2 ** (pitch / 12)
    count = round(_RING * _RATE)
    tone = array("d", bytes(8 * count))
    for times, share, decay in _PARTIALS:
        angle, shorter = 2 * math.pi * hertz * times / _RATE, math.exp(-decay / _RATE)
        turn = complex(math.cos(angle), math.sin(angle)) * shorter
        phasor = complex(strength * share, 0.0)
        audible = min(count, round(8 / decay * _RATE))
        swing = []
        for _ in range(audible):
            swing.append(phasor.imag)
            phasor *= turn
        _play(tone, 0, array("d", swing))
    fade = round(0.1 * _RATE)
    for i in range(fade):
        tone[count - 1 - i] *= i / fade
    return tone
