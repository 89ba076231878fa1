"""A life that ended wrong, made shorter: without each of its events that it ends wrong without as well."""

from collections.abc import Callable

from tests.simulation.events import Events

Play = Callable[[Events], object]


def failure(play: Play, events: Events) -> str:
    """How a life ends wrong, by the kind of its error; empty where it does not."""
    try:
        play(events)
    except Exception as error:
        return type(error).__name__
    return ""


def shrink(play: Play, seed: int) -> frozenset[str]:
    """The events that can be left out of the life of a seed, which ends wrong all the same."""
    first = Events(seed)
    wrong = failure(play, first)
    without, left = frozenset[str](), first.names
    while wrong:
        before = without
        for name in left[::-1]:
            tried = Events(seed, without | {name})
            if failure(play, tried) == wrong:
                without |= {name}
        if without == before:
            break
        again = Events(seed, without)
        failure(play, again)
        left = again.names
    return without
