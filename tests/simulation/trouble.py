"""What goes wrong between the program and Notion, by its kind, as the sandbox takes it."""

import random
from collections.abc import Callable, Mapping
from typing import Any

Json = dict[str, Any]
Draw = Callable[[random.Random], Json]

_PAGE = {"body": "<html>nothing here</html>", "headers": {"Content-Type": "text/html"}}
REASONS = (
    "public_api_request_rate_limit",
    "public_api_space_request_rate_limit",
    "public_api_endpoint_rate_limit",
)


def _before(do: Json) -> Json:
    return {"when": "before", "do": do}


def _after(do: Json) -> Json:
    return {"when": "after", "do": do}


def _limited(dice: random.Random) -> Json:
    seconds = str(dice.randint(1, 40))
    return _before(
        {
            "status": 429,
            "additional_data": {"rate_limit_reason": dice.choice(REASONS), "retry_after": seconds},
        }
    )


def _retry_after(dice: random.Random) -> Json:
    return {"Retry-After": str(dice.randint(1, 9))}


TROUBLES: Mapping[str, Draw] = {
    "request lost": lambda _: _before({"cut": True}),
    "answer lost": lambda _: _after({"cut": True}),
    "late effect": lambda dice: {"do": {"late": dice.uniform(0.5, 70.0)}},
    "half an answer": lambda _: _after({"truncate": True}),
    "slow answer": lambda dice: dice.choice([_before, _after])({"delay": dice.uniform(1.0, 50.0)}),
    "5xx before": lambda dice: _before({"status": dice.choice([500, 502, 503, 504])}),
    "5xx after": lambda dice: _after({"status": dice.choice([500, 502, 503, 504])}),
    "saved, says a 503": lambda _: _after({"committed": True}),
    "409": lambda _: _before({"status": 409}),
    "429 with a reason": _limited,
    "429 without a time": lambda _: _before({"status": 429}),
    "429 of a gateway": lambda dice: _before({**_PAGE, "status": 429, "headers": _retry_after(dice)}),
    "529": lambda dice: _before({"status": 529, "headers": _retry_after(dice)}),
    "foreign page before": lambda dice: _before({"status": dice.choice([400, 401, 403, 404, 502]), **_PAGE}),
    "foreign page after": lambda dice: _after({"status": dice.choice([400, 401, 403, 404, 502]), **_PAGE}),
    "another's answer before": lambda _: _before({"foreign": True}),
    "another's answer after": lambda _: _after({"foreign": True}),
}  # fmt: skip
"""One request meets it."""


def late_change(dice: random.Random) -> Json:
    """A change of a block is performed once its connection is long broken."""
    where = {"method": "PATCH", "path": "^/v1/blocks/[^/]+$", "nth": dice.randint(1, 2)}
    return {**where, "do": {"late": dice.uniform(20.0, 70.0)}}


LASTING: Mapping[str, Draw] = {
    "stale lists": lambda dice: {"stale": dice.uniform(0.5, 8.0)},
    "uploads not seen at once": lambda dice: {"invisible": dice.uniform(0.5, 8.0)},
}
"""Every request of a process meets it."""


def draw_trouble(dice: random.Random) -> tuple[str, Json]:
    """One of a kind, at one of the next requests; half of them at one that changes something."""
    kind = dice.choice([*TROUBLES, *LASTING])
    if kind in LASTING:
        return kind, LASTING[kind](dice)
    if dice.random() < 0.5:
        where: Json = {"method": dice.choice(["POST", "PATCH"]), "path": "^/v1/(pages|blocks|file_uploads)"}
        where["nth"] = dice.randint(1, 6)
    else:
        where = {"nth": dice.randint(1, 30)}
    return kind, {**where, **TROUBLES[kind](dice)}
