"""Text, a table and a recipe."""

import json

READ_ME = """\
Read me first
=============

Everything in this folder was made by `notion-sync demo`. Change a file and push again: only that file
travels, and its block keeps its place. Rename a file: nothing travels at all. Push once more without a
change: notion-sync has nothing to do and says so.

You may delete this folder whenever you like.
"""

GREETINGS = """\
Good evening · Guten Abend · Bonsoir · Buenas noches · Buonasera · Boa noite
Добрый вечер · Добрий вечір · Dobrý večer · Dobry wieczór · God kveld · Hyvää iltaa
晚上好 · こんばんは · 안녕하세요 · สวัสดี · नमस्ते · שלום · مساء الخير · Καλησπέρα
"""

_PLANETS = (
    ("Planet", "From the Sun (million km)", "Diameter (km)", "Year (days)"),
    ("Mercury", 57.9, 4_879, 88.0),
    ("Venus", 108.2, 12_104, 224.7),
    ("Earth", 149.6, 12_756, 365.2),
    ("Mars", 228.0, 6_792, 687.0),
    ("Jupiter", 778.5, 142_984, 4_331),
    ("Saturn", 1_432, 120_536, 10_747),
    ("Uranus", 2_867, 51_118, 30_589),
    ("Neptune", 4_515, 49_528, 59_800),
)

_PANCAKES = {
    "name": "Pancakes",
    "serves": 4,
    "minutes": 30,
    "ingredients": [
        {"what": "flour", "amount": 200, "unit": "g"},
        {"what": "milk", "amount": 400, "unit": "ml"},
        {"what": "eggs", "amount": 3},
        {"what": "butter", "amount": 30, "unit": "g"},
        {"what": "salt", "amount": 1, "unit": "pinch"},
    ],
    "steps": [
        "Whisk flour, salt and half of the milk until smooth.",
        "Add the eggs and the rest of the milk. Let it rest for twenty minutes.",
        "Bake thin ones in butter, on both sides, until golden.",
        "The first one is never any good. Eat it in the kitchen.",
    ],
}


def planets_csv() -> str:
    """The planets of the solar system as comma-separated values."""
    return "".join(",".join(map(str, row)) + "\r\n" for row in _PLANETS)


def pancakes_json() -> str:
    """A recipe as JSON."""
    return json.dumps(_PANCAKES, indent=2) + "\n"
