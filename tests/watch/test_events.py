"""From the watchers' threads to what is due on the loop."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from notion_sync.rules import PageTarget, Rule
from notion_sync.selection.patterns import Patterns
from notion_sync.watch.due import FILES, Due
from notion_sync.watch.events import BUFFERED, Events
from notion_sync.watch.pending import Pending
from tests.support.clock import FakeClock

ID = "01234567-89ab-cdef-0123-456789abcdef"


@dataclass
class Heard:
    """What came of some events."""

    pending: Pending = field(default_factory=lambda: Pending(lambda _path: "/srv"))
    clock: FakeClock = field(default_factory=FakeClock)
    woken: int = 0
    delivered: int = 0

    def due_after(self, seconds: float) -> Due:
        self.clock.advance(seconds)
        return self.pending.due.take(self.clock.monotonic())


def hear(
    happens: Callable[[Events], None],
    *rules: Rule,
    only: tuple[str, ...] = (),
    linked: tuple[str, ...] = (),
) -> Heard:
    """Let something happen in a thread while the loop is busy, then let the loop go on."""
    heard = Heard()

    def wake() -> None:
        heard.woken += 1

    async def main() -> None:
        events = Events(
            rules, only, linked=linked, pending=heard.pending, wake=wake, monotonic=heard.clock.monotonic
        )
        thread = threading.Thread(target=happens, args=(events,))
        thread.start()
        thread.join()
        assert heard.woken == 0
        for _ in range(3):
            await asyncio.sleep(0)

    asyncio.run(main())
    return heard


def rule(folder: str = "/srv", **more: object) -> Rule:
    return Rule("r", folder, (PageTarget(ID),), settle=5.0, **more)  # type: ignore[arg-type]


def test_ten_thousand_events_wake_the_loop_once() -> None:
    def happens(events: Events) -> None:
        for _ in range(100):
            for number in range(100):
                events.file(f"/srv/{number}")

    heard = hear(happens, rule())
    assert heard.woken == 1
    assert not heard.due_after(4.9)
    assert heard.due_after(0.1) == Due(files=frozenset(f"/srv/{number}" for number in range(100)))


def test_what_no_rule_takes_ends_here() -> None:
    def happens(events: Events) -> None:
        for path in ("/srv/a.log", "/srv/.hidden", "/elsewhere/a.txt", "/srv"):
            events.file(path)
        events.tree("/elsewhere")

    heard = hear(happens, rule(match=Patterns(("*.txt",))))
    assert (heard.woken, heard.due_after(100)) == (0, Due())


@pytest.mark.parametrize(
    ("path", "heard"),
    [
        ("/srv/objects/9f.dat", True),
        ("/srv/.hidden/9f.dat", True),
        ("/srv/.hidden/deep/9f.dat", True),
        ("/srv/.other/9f.dat", False),
        ("/srv/objects/9f.dat~", False),
        ("/srv/objects", False),
    ],
)
def test_what_followed_links_lead_to_is_heard_whatever_its_name(path: str, *, heard: bool) -> None:
    linked = ("/srv/objects/9f.dat", "/srv/.hidden")
    rules = [rule(match=Patterns(("*.txt",)), follow_symlinks=follow) for follow in (True, False)]
    due = Due(trees=frozenset(["/srv"])) if heard else Due()
    assert hear(lambda e: e.file(path), rules[0], linked=linked).due_after(100) == due
    assert hear(lambda e: e.file(path), rules[1], linked=linked).due_after(100) == Due()


@pytest.mark.parametrize(
    ("path", "ignore", "files"),
    [
        ("/srv/a.mkv.aria2", (), ["/srv/a.mkv"]),
        ("/srv/a.mkv.part", (), ["/srv/a.mkv"]),
        ("/srv/a.mkv.part", ("!*.part",), ["/srv/a.mkv", "/srv/a.mkv.part"]),
        ("/srv/.a.mkv.part", (), []),
    ],
)
def test_the_file_of_a_download_is_looked_at_when_its_sign_changes(
    path: str, ignore: tuple[str, ...], files: list[str]
) -> None:
    heard = hear(lambda events: events.file(path), rule(ignore=Patterns(ignore)))
    assert heard.due_after(100) == Due(files=frozenset(files))


def test_what_was_not_asked_for_ends_here() -> None:
    def happens(events: Events) -> None:
        for path in ("/srv/a.txt", "/srv/b.txt"):
            events.file(path)
        events.tree("/srv/sub")

    heard = hear(happens, rule(), only=("/srv/a.txt",))
    assert heard.due_after(100) == Due(files=frozenset(["/srv/a.txt"]))


def test_a_folder_is_looked_through_for_every_rule_it_concerns() -> None:
    def happens(events: Events) -> None:
        events.tree("/srv/one")
        events.tree("/srv")

    heard = hear(happens, rule("/srv/one"), rule("/srv/two", follow_symlinks=True))
    assert heard.due_after(5.0) == Due(trees=frozenset(["/srv/one", "/srv", "/srv/two"]))


def test_a_file_behind_a_link_is_looked_for_everywhere() -> None:
    heard = hear(lambda events: events.file("/srv/a"), rule(follow_symlinks=True))
    assert heard.due_after(5.0) == Due(trees=frozenset(["/srv"]))


def test_too_many_events_at_once_become_the_folder_of_their_rule() -> None:
    def happens(events: Events) -> None:
        for number in range(BUFFERED + 10):
            events.file(f"/srv/{number % 50}/{number}")

    heard = hear(happens, rule())
    due = heard.due_after(5.0)
    assert due.trees == {"/srv"}
    assert len(due.files) == FILES


def test_the_latest_event_counts() -> None:
    """Not the moment at which the loop hears of it."""
    clock = FakeClock()

    def happens(events: Events) -> None:
        events.file("/srv/a")
        clock.advance(2.0)
        events.file("/srv/a")
        clock.advance(2.0)

    pending = Pending(lambda _path: "/srv")

    async def main() -> None:
        events = Events(
            [rule()], (), linked=(), pending=pending, wake=lambda: None, monotonic=clock.monotonic
        )
        happens(events)
        await asyncio.sleep(0)

    begun = clock.monotonic()
    asyncio.run(main())
    assert pending.due.next() == begun + 7.0


def test_a_file_that_is_closed_is_named_once_if_a_rule_takes_it() -> None:
    closed: list[frozenset[str]] = []

    def happens(events: Events) -> None:
        events.file("/srv/a")
        for path in ("/srv/b", "/srv/b", "/srv/.hidden", "/elsewhere/c"):
            events.closed(path)
        closed.append(events.take_closed())
        closed.append(events.take_closed())

    heard = hear(happens, rule())
    assert closed == [frozenset({"/srv/b"}), frozenset()]
    assert heard.due_after(5.0) == Due(files=frozenset({"/srv/a", "/srv/b"}))
