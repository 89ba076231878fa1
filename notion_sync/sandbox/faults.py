"""Injected faults: which requests fail, and how.

This module parses the list of `POST /__sandbox__/faults`; `core` applies the faults.
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]

_KEYS = frozenset({"method", "path", "nth", "every", "probability", "times", "when", "do", "seed"})
# These apply to everything, independently of the rules.
_LASTING = ("invisible", "stale")
_INJECTABLE = frozenset(
    {
        "status",
        "code",
        "message",
        "additional_data",
        "headers",
        "body",
        "cut",
        "delay",
        "truncate",
        "committed",
        "late",
        "foreign",
    }
)
_CODES = {
    400: "validation_error",
    401: "unauthorized",
    403: "restricted_resource",
    404: "object_not_found",
    409: "conflict_error",
    429: "rate_limited",
    500: "internal_server_error",
    502: "bad_gateway",
    503: "service_unavailable",
    504: "gateway_timeout",
    529: "service_overload",
}
_MESSAGES = {
    409: "Conflict occurred while saving. Please try again.",
    429: "You have been rate limited. Please try again in a few minutes.",
    500: "Unexpected error occurred.",
    502: "Bad Gateway",
    503: "Notion is unavailable, please try again later.",
    504: "Gateway Timeout",
}


class FaultError(Exception):
    """The list of faults is invalid."""


@dataclass(frozen=True, slots=True)
class Injection:
    """What a fault does to one request."""

    when: Literal["before", "after"]
    """Whether it happens before or after the request's effect."""
    status: int | None = None
    code: str = ""
    message: str = ""
    additional: Mapping[str, str | list[str]] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    """Sent literally instead of Notion's JSON, as by something between the client and Notion."""
    cut: bool = False
    delay: float = 0.0
    truncate: bool = False
    committed: bool = False
    late: float = 0.0
    """Seconds after the connection is cut at which the request has its effect."""
    foreign: bool = False
    """The answer is about another thing of the same kind."""

    @property
    def is_instead(self) -> bool:
        """Whether the request has no effect at all, so that its body does not matter."""
        return self.when == "before" and (self.cut or self.status is not None)


@dataclass(slots=True)
class Rule:
    """One entry of the list, with counters of matching requests and of faults."""

    method: str | None
    path: re.Pattern[str]
    nth: int | None
    every: int | None
    probability: float | None
    times: int | None
    injection: Injection
    source: Json
    dice: random.Random
    seen: int = 0
    fired: int = 0

    def fires(self, method: str, path: str) -> bool:
        """Count a matching request; return whether it fails."""
        if (self.method is not None and self.method != method) or not self.path.search(path):
            return False
        self.seen += 1
        times = self.times if self.times is not None else (1 if self.nth is not None else None)
        if times is not None and self.fired >= times:
            return False
        if self.nth is not None and self.seen < self.nth:
            return False
        if self.every is not None and self.seen % self.every:
            return False
        if self.probability is not None and self.dice.random() >= self.probability:
            return False
        self.fired += 1
        return True


class Faults:
    """The rules in force, how long a finished upload stays invisible, and how far lists lag behind.

    Args:
        source: Source of seeds for rules with a probability but without a seed.
    """

    def __init__(self, source: random.Random) -> None:
        self._source = source
        self.rules: list[Rule] = []
        self.invisible = 0.0
        self.stale = 0.0

    def load(self, entries: object) -> None:
        """Replace all rules; an empty list removes them.

        Raises:
            FaultError: The list is invalid; the rules in force stay.
        """
        if isinstance(entries, dict):
            entries = [entries]
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise FaultError("faults are a list of objects")
        rules, lasting = [], dict.fromkeys(_LASTING, 0.0)
        for entry in entries:
            lasting |= {key: float(value) for key, value in entry.items() if key in _LASTING}
            rule = {key: value for key, value in entry.items() if key not in _LASTING}
            if rule or not entry:
                rules.append(_rule(rule, self._source.getrandbits(64)))
        self.rules, self.invisible, self.stale = rules, lasting["invisible"], lasting["stale"]

    def pick(self, method: str, path: str) -> Injection | None:
        """Return the fault of the first rule that fires, if any; all rules count the request."""
        picked = [rule.injection for rule in self.rules if rule.fires(method, path)]
        return picked[0] if picked else None

    def report(self) -> Json:
        """Return the rules with their counters."""
        rules = [{**rule.source, "seen": rule.seen, "fired": rule.fired} for rule in self.rules]
        return {"faults": rules, "invisible": self.invisible, "stale": self.stale}


def _rule(entry: Json, seed: int) -> Rule:
    unknown = set(entry) - _KEYS
    if unknown:
        raise FaultError(f"unknown keys in a fault: {', '.join(sorted(unknown))}")
    try:
        path = re.compile(entry.get("path", ""))
    except re.error as problem:
        raise FaultError(f"path is no regular expression: {problem}") from None
    method = entry.get("method")
    return Rule(
        method=None if method in (None, "*", "") else str(method).upper(),
        path=path,
        nth=entry.get("nth"),
        every=entry.get("every"),
        probability=entry.get("probability"),
        times=entry.get("times"),
        injection=_injection(entry.get("do"), entry.get("when", "before")),
        source=entry,
        dice=random.Random(entry.get("seed", seed)),  # noqa: S311  # no secret
    )


def _injection(do: object, when: object) -> Injection:
    if not isinstance(do, dict) or not do or set(do) - _INJECTABLE:
        raise FaultError(f"do must say what happens, with keys of: {', '.join(sorted(_INJECTABLE))}")
    if when not in ("before", "after"):
        raise FaultError('when must be "before" or "after"')
    status = do.get("status")
    if status is None and {"body", "code", "message", "headers", "additional_data"} & set(do):
        raise FaultError("an answer needs a status")
    if do.get("late") and set(do) != {"late"}:
        raise FaultError("late is the whole of what happens: a cut now, the effect later")
    code = do.get("code") or _CODES.get(status or 0, "internal_server_error")
    # A truncated answer and a committed change imply that the effect happened.
    after = when == "after" or do.get("truncate") or do.get("committed")
    return Injection(
        when="after" if after else "before",
        status=status,
        code=code,
        message=do.get("message") or _MESSAGES.get(status or 0, "Injected by the sandbox."),
        additional=do.get("additional_data"),
        headers=_headers(status, do),
        body=do.get("body"),
        cut=bool(do.get("cut")),
        delay=float(do.get("delay", 0)),
        truncate=bool(do.get("truncate")),
        committed=bool(do.get("committed")),
        late=float(do.get("late", 0)),
        foreign=bool(do.get("foreign")),
    )


def _headers(status: int | None, do: Json) -> dict[str, str]:
    headers = {str(name): str(value) for name, value in do.get("headers", {}).items()}
    retry_after = (do.get("additional_data") or {}).get("retry_after")
    if status in (429, 529) and retry_after and "retry-after" not in {name.lower() for name in headers}:
        headers["Retry-After"] = str(retry_after)
    return headers
