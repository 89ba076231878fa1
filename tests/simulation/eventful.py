"""What all lives have in common of which each event can be told, counted and left out."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TypeVar

from tests.simulation.events import Events
from tests.simulation.world import World


@dataclass
class EventfulLife(ABC):
    """One of them.

    Args:
        world: Where.
        events: What happens.
        passes: How many there were.
    """

    world: World
    events: Events
    passes: int = 0

    @abstractmethod
    def live(self) -> None:
        """All of it.

        Raises:
            AssertionError: It did not end right.
        """


LifeT = TypeVar("LifeT", bound=EventfulLife)


def lived(kind: type[LifeT], events: Events, seed: int, *, traced: bool) -> LifeT:
    """Live the life of a seed with these events."""
    with World(seed, traced) as world:
        life = kind(world, events)
        events.tell = world.tell
        life.live()
        return life
