"""What follows from a pass: dates, an open or a shut gate, a word to those who want one."""

import time
from collections.abc import Callable

from notion_sync.daemon.agenda import Agenda, Due
from notion_sync.daemon.clerk import Clerk
from notion_sync.daemon.gate import Gate
from notion_sync.daemon.notices import Notices
from notion_sync.daemon.orders import Orders, areas_of
from notion_sync.daemon.rounds import Rounds
from notion_sync.daemon.setbacks import Setbacks
from notion_sync.daemon.turn import End, Turn, covers
from notion_sync.daemon.view import View
from notion_sync.settle import Restless

_LATER = 1.0
"""Seconds that the rest of a pass that was cut short is put off: what was more urgent comes first."""

_FORGOTTEN = 3600.0
"""Seconds after which a file that was written to once, and not seen since, is forgotten."""


class Verdict:
    """Draws the conclusions; it has the parts of the daemon that they are for."""

    def __init__(
        self,
        *,
        agenda: Agenda,
        clerk: Clerk,
        restless: Restless,
        setbacks: Setbacks,
        gate: Gate,
        notices: Notices,
        view: View,
        monotonic: Callable[[], float],
    ) -> None:
        self._agenda = agenda
        self._clerk = clerk
        self._restless = restless
        self._setbacks = setbacks
        self._gate = gate
        self._notices = notices
        self._view = view
        self._monotonic = monotonic
        self._known_here = False
        """Whether Notion has ever answered: a token that is refused before that ends the program."""

    def follow(self, turn: Turn, due: Due, rounds: Rounds, orders: Orders) -> None:
        """Act on a pass that is over.

        Raises:
            NotionSyncError: The token was refused the first time it was used.
        """
        now = self._monotonic()
        if turn.contacted:
            self._known_here = True
            self._gate.token_works()
            self._view.last_success_at = time.time()
        if turn.end is End.DONE:
            self._done(turn, due, rounds, orders)
            return
        self._agenda.look_again(due, now + _LATER if turn.end is End.CUT_SHORT else now)
        if turn.end is End.CUT_SHORT:
            self._gate.went_well(now)
        elif turn.end is End.SHUT:
            assert turn.error is not None
            self._gate.shut(turn.error, orders.base_url, self._agenda.waiting(now), now)
        elif turn.end is End.REFUSED:
            assert turn.error is not None
            if not self._known_here:
                raise turn.error
            self._gate.refuse(turn.error, orders.token, now)

    def _done(self, turn: Turn, due: Due, rounds: Rounds, orders: Orders) -> None:
        now = self._monotonic()
        for each in (self._setbacks, self._clerk.deferrals):
            each.settle(lambda path: covers(due, path), self._clerk.began)
        self._restless.prune(now - _FORGOTTEN)
        alone = len(due) == 1 and not turn.requests
        for tree in due.trees:
            rounds.looked(tree, turn.seconds if alone else None, now)
        self._gate.went_well(now)
        if count := len(self._setbacks):
            self._notices.trouble("files", f"{count} files could not be uploaded")
            return
        self._notices.over("files")
        if due.trees >= {area.folder for area in areas_of(orders.rules, orders.only)}:
            self._notices.well()
