"""`/__sandbox__/…`: state, request log, faults, clock, tokens; `server.controls` adds those that need a server."""

from collections.abc import Callable
from typing import Any

from notion_sync.sandbox.control.people import act
from notion_sync.sandbox.control.state import state
from notion_sync.sandbox.core import Core
from notion_sync.sandbox.ids import parse_id
from notion_sync.sandbox.store import tokens
from notion_sync.sandbox.store.db import transaction

Json = dict[str, Any]


class ControlError(Exception):
    """An invalid control request."""


def _state(core: Core, _: object) -> Json:
    return state(core.workspace)


def _requests(core: Core, _: object) -> list[Json]:
    return core.journal.entries()


def _faults(core: Core, _: object) -> Json:
    return core.faults.report()


def _set_faults(core: Core, body: object) -> Json:
    core.faults.load(body)
    return core.faults.report()


def clock(core: Core, _: object) -> Json:
    """Return the current time and the offset."""
    return {"now": core.workspace.clock.now(), "offset": core.workspace.clock.offset}


_LAST_MOMENT = 2.0e11
"""In the year 8307: later ones do not fit into the times of answers."""


def seconds_of(core: Core, body: object) -> float:
    """Return the seconds of a request to move the clock: `{"advance": seconds}`."""
    seconds = body.get("advance") if isinstance(body, dict) else None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ControlError('say how far: {"advance": seconds}')
    # JSON also has NaN, and integers that no float can hold; both fail the first comparison.
    if not (abs(seconds) <= _LAST_MOMENT and 0 <= core.workspace.clock.now() + seconds <= _LAST_MOMENT):
        raise ControlError("the clock goes from 1970 to the year 8307")
    return float(seconds)


def _tokens(core: Core, _: object) -> list[Json]:
    return [_bot(bot) for bot in tokens.every(core.workspace.db)]


def _put_token(core: Core, body: object) -> Json:
    """Create a connection, or change one: `{"token"?, "name"?, "capabilities"?, "shared"?}`."""
    if not isinstance(body, dict) or set(body) - {"token", "name", "capabilities", "shared"}:
        raise ControlError('a token is {"token", "name", "capabilities": […], "shared": [page ids] or null}')
    capabilities = tuple(body.get("capabilities", tokens.CAPABILITIES))
    if set(capabilities) - set(tokens.CAPABILITIES):
        raise ControlError(f"capabilities are {', '.join(tokens.CAPABILITIES)}")
    shared = body.get("shared")
    ids = None if shared is None else [parse_id(id_) for id_ in shared]
    if ids is not None and None in ids:
        raise ControlError("shared is a list of page or database ids, or null for everything")
    db, fresh = core.workspace.db, core.workspace.fresh
    token = body.get("token") or fresh.token()
    known = tokens.get(db, token)
    with transaction(db):
        bot = tokens.put(
            db,
            token,
            bot_id=known.id if known else fresh.id(),
            name=body.get("name", "another integration"),
            capabilities=capabilities,
            shared=None if ids is None else [id_ for id_ in ids if id_ is not None],
        )
    return _bot(bot)


def _bot(bot: tokens.Bot) -> Json:
    return {
        "token": bot.token,
        "bot_id": bot.id,
        "name": bot.name,
        "capabilities": sorted(bot.capabilities),
        "shared": None if bot.shared is None else sorted(bot.shared),
    }


def _people(core: Core, body: object) -> Json:
    return act(core.workspace, body)


CONTROLS: dict[tuple[str, str], Callable[[Core, Any], object]] = {
    ("GET", "state"): _state,
    ("GET", "requests"): _requests,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _set_faults,
    ("GET", "clock"): clock,
    ("POST", "people"): _people,
    ("GET", "tokens"): _tokens,
    ("POST", "tokens"): _put_token,
}
"""Functions by method and name; each takes the body: any JSON, or None for an empty one."""
