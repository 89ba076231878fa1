"""What happens when, and how often the end has to be asked for."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from notion_sync.system.ending import HURRIED, ORDERLY, Ending
from notion_sync.system.sockets import OpenSockets


class Later(threading.Timer):
    """A timer that goes off when the test says so."""

    made: list["Later"]

    def start(self) -> None:
        self.made.append(self)

    def go_off(self) -> None:
        if not self.finished.is_set():
            self.function()


class Case:
    def __init__(self) -> None:
        self.happened: list[str] = []
        self.timers: list[Later] = []
        self.sockets = OpenSockets()
        self.ours, theirs = socket.socketpair()
        self.theirs = theirs
        self.sockets.add(self.ours)
        made = self.timers

        def timer(seconds: float, work: Callable[[], None]) -> threading.Timer:
            later = Later(seconds, work)
            later.made = made
            return later

        self.ending = Ending(self.sockets, lambda: self.happened.append("left"), timer)

    def ask(self) -> None:
        self.ending.ask(lambda: self.happened.append("began"))

    def is_shut(self) -> bool:
        self.theirs.setblocking(False)
        try:
            return self.theirs.recv(1) == b""
        except BlockingIOError:
            return False


@pytest.fixture
def case() -> Iterator[Case]:
    made = Case()
    with made.ours, made.theirs:
        yield made


def test_sockets_are_shut_once_an_orderly_end_has_taken_too_long(case: Case) -> None:
    with case.ending:
        case.ask()
        assert [each.interval for each in case.timers] == [ORDERLY]
        assert not case.is_shut()
        case.timers[0].go_off()
        assert case.is_shut()
        with pytest.raises(ConnectionAbortedError):
            case.sockets.add(case.theirs)
    assert case.happened == ["began"]


def test_asked_again_it_hurries_and_does_not_begin_twice(case: Case) -> None:
    with case.ending:
        case.ask()
        case.ask()
        assert [each.interval for each in case.timers[:2]] == [ORDERLY, HURRIED]
        case.timers[1].go_off()
        assert case.is_shut()
        case.timers[2].go_off()  # something else than a socket is waited for
    assert case.happened == ["began", "left"]


def test_the_third_time_it_ends_at_once(case: Case) -> None:
    with case.ending:
        for _ in range(3):
            case.ask()
    assert case.happened == ["began", "left"]
    assert not case.is_shut()


def test_what_ends_in_time_has_its_sockets_left_alone(case: Case) -> None:
    with case.ending:
        case.ask()
        case.ask()
    for timer in case.timers:
        timer.go_off()
    assert case.happened == ["began"]
    assert not case.is_shut()
