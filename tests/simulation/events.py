"""What happens in a life beside what the program does: each event by its own name, with dice of its own.

So an event can be left out, and the others stay what they are: how a life that ended wrong is made shorter.
"""

import random
from collections import Counter
from collections.abc import Callable, Set


class Events:
    """The events of one life.

    Args:
        seed: What they follow from.
        without: The names of those that are left out.
        tell: Hears of what happens, for a trace.
    """

    def __init__(
        self, seed: int, without: Set[str] = frozenset(), tell: Callable[[str, str], None] | None = None
    ) -> None:
        self._seed = seed
        self._without = without
        self.tell = tell or (lambda _kind, _text: None)
        self.names: list[str] = []
        """Of those that happened, in their order."""
        self.counts = Counter[str]()
        """How often things of each kind happened."""

    def dice(self, name: str) -> random.Random:
        """What an event of this name is drawn with."""
        return random.Random(f"{self._seed} {name}")

    def happens(self, name: str, chance: float) -> random.Random | None:
        """The dice of an event that happens with this chance, and None where it does not."""
        dice = self.dice(name)
        if dice.random() >= chance or name in self._without:
            return None
        self.names.append(name)
        return dice

    def count(self, kind: str, text: str = "") -> None:
        """Something of this kind has happened now."""
        self.counts[kind] += 1
        self.tell(kind, text)
