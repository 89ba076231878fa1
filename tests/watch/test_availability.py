"""Whether a pass may run now, and what is said when that changes."""

from dataclasses import dataclass, field

import pytest

from notion_sync.config.notify import SILENT
from notion_sync.errors import NotNow
from notion_sync.log import Level
from notion_sync.watch.availability import TRY_ANYWAY, Availability
from notion_sync.watch.background import Background
from notion_sync.watch.due import NEVER
from notion_sync.watch.notify import Notices

OFFLINE = NotNow("no network")
REFUSED = NotNow("API token is invalid.")


@dataclass
class Said:
    """Everything that was said."""

    lines: list[str] = field(default_factory=list)

    def __call__(self, text: str, _level: Level) -> None:
        self.lines.append(text)


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def availability(said: Said) -> Availability:
    notices = Notices(SILENT, say=said, background=Background(), environ={})
    return Availability(say=said, notices=notices, time_of_day=lambda: 1_700_000_000.0)


def test_an_outage_is_said_once_and_tried_after_growing_pauses(
    availability: Availability, said: Said
) -> None:
    assert availability.may_run(0.0)
    assert availability.next_attempt == NEVER
    availability.failed(OFFLINE, 3, 10.0)
    assert [availability.may_run(at) for at in (10.0, 14.9, 15.0)] == [False, False, True]
    availability.failed(OFFLINE, 4, 15.0)
    assert (availability.next_attempt, availability.since) == (25.0, 10.0)
    assert (availability.offline, availability.trouble) == (True, "no network")
    availability.retry_now(16.0)
    assert availability.may_run(16.0)
    availability.worked(20.0)
    assert (availability.offline, availability.trouble, availability.since) == (False, "", None)
    availability.worked(21.0)
    assert said.lines == [
        "not now: no network; 3 waiting, retried automatically",
        "connected again after 10 s",
    ]


def test_pause_holds_whatever_else_is_the_matter(availability: Availability) -> None:
    availability.failed(OFFLINE, 0, 0.0)
    availability.token_refused(REFUSED, 5.0, 0.0)
    availability.pause()
    assert not availability.may_run(1000.0)
    assert availability.next_attempt == NEVER
    assert not availability.take_token_look(1000.0)
    availability.resume(1000.0)
    assert availability.take_token_look(1000.0), "at once"


def test_a_refused_token_is_looked_for_one_look_at_a_time(availability: Availability, said: Said) -> None:
    availability.token_refused(REFUSED, 5.0, 0.0)
    assert not availability.may_run(4.0)
    assert not availability.take_token_look(4.9)
    assert availability.take_token_look(5.0)
    assert not availability.take_token_look(6.0), "the first look has not ended"
    assert not availability.looked_for_token(False, 5.0, 6.0)
    assert availability.next_attempt == 11.0
    assert availability.take_token_look(11.0)
    assert availability.looked_for_token(True, 5.0, 11.0)
    assert availability.may_run(11.0)
    availability.token_refused(REFUSED, 5.0, 12.0)
    assert availability.since == 0.0, "it is the same trouble"
    availability.retry_now(13.0)
    assert availability.take_token_look(13.0)
    assert availability.looked_for_token(False, 5.0, 13.0), "somebody asked for another try"
    availability.contacted()
    assert availability.last_contact_at == 1_700_000_000.0
    assert said.lines == [
        "nothing is uploaded until there is a valid token: API token is invalid.",
        "there is a new token: trying it",
        "the token is accepted again",
    ]


def test_an_old_token_is_tried_once_more_after_an_hour(availability: Availability) -> None:
    availability.token_refused(REFUSED, 5.0, 0.0)
    assert not availability.looked_for_token(False, 5.0, TRY_ANYWAY - 1)
    assert availability.looked_for_token(False, 5.0, TRY_ANYWAY)


def test_another_configuration_is_tried_at_once(availability: Availability) -> None:
    availability.failed(OFFLINE, 0, 0.0)
    availability.token_refused(REFUSED, 5.0, 0.0)
    availability.configured_anew(1.0)
    assert availability.may_run(1.0)
