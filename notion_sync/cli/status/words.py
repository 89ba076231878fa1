"""The document of `status` in words: a headline, a table of rules, failures grouped by their reason, the daemon."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from notion_sync.cli.places import below_home
from notion_sync.model import plain_reason
from notion_sync.text.visible import visible
from notion_sync.text.words import counted, human_bytes, human_seconds, part_of, rounded

SHOWN = 20
"""Number of files named per kind; `--json` names more."""

_MODES = {"missing": "waited for"}
"""Other words for modes of a watched folder whose names say too little."""

_UNSEEN = ("missing", "held")
"""Modes in which a daemon does not look at a folder (`watch.folders.guard.UNSEEN`)."""

_BEGIN = "Nothing was brought to Notion yet: notion-sync init makes a configuration, notion-sync demo shows it all."

_TITLE = 10
"""Width of the titles of lines, in columns."""

Document = Mapping[str, object]
"""What `status --json` prints; `docs/commands.md` names the fields."""


_NUMBERS_WIDE = 36
"""Width of a rule's numbers in columns, with the gap before them."""

_LEAST_TARGET = 12
"""Width in columns below which a target is left out, not shortened."""


def _numbers(row: Mapping[str, Any]) -> str:
    return f"{row['in_notion']:>9,}  {row['waiting']:>5,}  {row['failed']:>6,}  {row['left_out']:>8,}"


def _padded(text: str, width: int) -> str:
    from rich.cells import set_cell_size

    from notion_sync.cli.progress import fitted

    return set_cell_size(fitted(text, width), width)


def _rule_rows(rules: object) -> list[Mapping[str, Any]]:
    return [each for each in rules if isinstance(each, Mapping)] if isinstance(rules, list) else []


def _table(document: Document, columns: int | None, now: float) -> Iterable[str]:
    """Return the table of rules; on a narrow terminal names are shortened, and columns without room left out."""
    rows = _rule_rows(document.get("rules"))
    if not rows:
        return
    from rich.cells import cell_len

    room = None if columns is None else max(len("RULE"), columns - _NUMBERS_WIDE)
    names = [visible(str(each["rule"])) for each in rows]
    width = max(len("RULE"), *map(cell_len, names))
    width = width if room is None else min(width, room)
    cells = [_numbers(each) for each in rows]
    lines = [f"{'RULE':<{width}}  IN NOTION  TO DO  FAILED  LEFT OUT"]
    lines += [f"{_padded(name, width)}  {numbers}" for name, numbers in zip(names, cells, strict=True)]
    for texts, least in _further(document, rows, now):
        wide = max(map(cell_len, texts))
        room = wide if columns is None else columns - cell_len(lines[0]) - 2
        if room < min(wide, least or wide):
            continue
        lines = [f"{line}  {_padded(text, min(wide, room))}" for line, text in zip(lines, texts, strict=True)]
    yield from (line.rstrip() for line in lines)
    for each in rows:
        if isinstance(since := each.get("since"), str):
            began = _day(dt.datetime.fromisoformat(since).timestamp())
            yield f"{visible(str(each['rule']))} takes what came since {began} (only_new)"


def _further(
    document: Document, rows: Sequence[Mapping[str, Any]], now: float
) -> Iterable[tuple[list[str], int]]:
    """Columns of the table that not every terminal has room for: heading and values, and the columns they need.

    0 is for those that are not shortened.
    """
    known = document.get("rule_targets")
    targets = known if isinstance(known, Mapping) else {}
    yield ["LAST CHECK", *(_ago(each.get("last_check_at"), now) for each in rows)], 0
    yield ["TARGET", *(visible(str(targets.get(each["rule"], ""))) for each in rows)], _LEAST_TARGET
    yield ["FOLDER", *(visible(below_home(str(each["folder"]))) for each in rows)], 0


def _ago(at: object, now: float) -> str:
    return f"{human_seconds(max(0.0, now - at))} ago" if isinstance(at, int | float) else "never"


def unseen_folders(document: Document) -> list[Mapping[str, Any]]:
    """Return the folders that a running daemon does not look at, because they are not there or are held."""
    folders = document.get("folders")
    states = [each for each in folders if isinstance(each, Mapping)] if isinstance(folders, list) else []
    return [each for each in states if each.get("mode") in _UNSEEN]


def broke_off(document: Document) -> bool:
    """Whether the last run ended early, or an earlier push that no later one has made up for."""
    store = document.get("store")
    if not isinstance(store, Mapping) or document.get("running") or document.get("holder"):
        return False
    return bool(store.get("unfinished", ())) or _last_broke_off(store)


def _last_broke_off(store: Mapping[str, Any]) -> bool:
    """Whether the last run ended early; one that was killed has no recorded end."""
    last = store.get("last_run")
    return isinstance(last, Mapping) and last.get("exit_code") not in (0, 1)


def status_lines(document: Document, now: float, columns: int | None = None) -> list[str]:
    """Return the document as lines for a terminal with this number of columns; None for a pipe."""
    said = [
        *_headline(document),
        *_under_way(document),
        *_table(document, columns, now),
        *_daemon(document, now),
        *_work(document),
        *_folders(document.get("folders")),
    ]
    said += _files("deferred", document.get("deferred"))
    if document.get("running"):
        said += _files("failed", document.get("failed"))
    else:
        said += _groups(document, now)
    said += _rate(document, now)
    if isinstance(until := document.get("held_until"), int | float):
        said.append(
            _line(
                "", f"Notion has asked not to be called before {_day(until)}; notion-sync retry asks at once"
            )
        )
    if isinstance(last := document.get("last_success_at"), int | float):
        said.append(_line("success", f"last {_when(last, now)}"))
    return [*said, *_store(document, now)]


def _rate(document: Document, now: float) -> Iterable[str]:
    """Return how much of the rate limit is used, and what is known of it."""
    budget, known = document.get("budget"), document.get("rate_limit")
    title = "rate"
    if isinstance(budget, Mapping):
        allowed = f"of {limit} " if (limit := budget.get("limit")) else ""
        yield _line(title, f"{budget.get('used')} {allowed}requests in the last minute")
        title = ""
    if isinstance(known, Mapping):
        many = f"{known['requests']} requests in {human_seconds(known['seconds'])}"
        if isinstance(again := known.get("tried_again_at"), int | float) and again > now:
            yield _line(title, f"Notion takes {many}; more is tried from {_day(again)} on")
        else:
            yield _line(title, f"Notion takes at least {many}")


def _headline(document: Document) -> Iterable[str]:
    """Is everything in Notion?"""
    store = document.get("store")
    if not isinstance(store, Mapping):
        if not document.get("running") and not document.get("store_problem"):
            yield (
                _BEGIN if not document.get("rules") else "Nothing was brought to Notion yet: notion-sync push"
            )
        return
    numbers = [
        (document.get("failed_count"), "failed"),
        (store["left_out"], "left out"),
        (sum(each["undone"] for each in _rule_rows(document.get("rules"))), "taken back by undo"),
        (store["waiting"], "to do"),
    ]
    there = [(number, what) for number, what in numbers if isinstance(number, int) and number]
    said = [
        f"{number:,} {what}" if place else f"{counted(number, 'file')} {what}"
        for place, (number, what) in enumerate(there)
    ]
    if said:
        # Without a configuration `missing` knows no folders.
        where = " (notion-sync missing lists them)" if _rule_rows(document.get("rules")) else ""
        yield f"Not everything is in Notion: {', '.join(said)}{where}."
    elif broke_off(document):
        which = "the last run" if _last_broke_off(store) else "an earlier push"
        yield f"Not everything may be in Notion: {which} broke off."
    elif unseen := unseen_folders(document):
        named = (f"{below_home(str(each['folder']))} ({each.get('reason')})" for each in unseen)
        yield f"Not everything may be in Notion: the daemon does not look at {visible(', '.join(named))}."
    elif isinstance(document.get("progress"), Mapping):
        return  # another line shows its progress
    elif document.get("holder") or (document.get("running") and document.get("mood") != "idle"):
        yield "A run is under way."
    elif isinstance(store.get("last_run"), Mapping):
        yield "Everything is in Notion, as of the last look."


def _groups(document: Document, now: float) -> Iterable[str]:
    """Return the failures, one line per cause, and how the last run ended."""
    store = document.get("store")
    if not isinstance(store, Mapping):
        return
    rules = {each["rule"] for each in _rule_rows(document.get("rules"))}
    several = rules if len(rules) > 1 else set()
    for each in store["groups"]:
        if each["action"] != "failed":
            continue
        some = [visible(below_home(path)) for path in each["some"]]
        tried = f", tried {counted(each['times'], 'time')}" if each["times"] > 1 else ""
        why = f"{visible(each['reason'])} (since {_when(each['since'], now)}{tried})"
        which = f"; {', '.join(some)}" if len(some) == each["files"] else f"; first: {some[0]}"
        said = (
            f"{some[0]}: {why}" if each["files"] == 1 else f"{counted(each['files'], 'file')}: {why}{which}"
        )
        yield _line("failed", f"{visible(each['rule'])}: {said}" if each["rule"] in several else said)
    for path in () if document.get("holder") else store.get("unfinished", ()):
        yield _line("broke off", f"{visible(below_home(path))}: the same push goes on from there")
    last = store.get("last_run")
    if isinstance(last, Mapping):
        yield _line("last run", _run(last, now))


def _run(last: Mapping[str, Any], now: float) -> str:
    began, ended, code = last["started_at"], last["ended_at"], last["exit_code"]
    assert isinstance(began, int | float)
    if not isinstance(ended, int | float):
        done = ", ".join(f"{count:,} {action}" for action, count in dict(last["counts"]).items())
        return f"{last['command']}, pid {last['pid']}, began {_when(began, now)}, no end yet: {done or 'nothing done'}"
    reason = f": {visible(plain_reason(str(last['reason'])))}" if last["reason"] else ""
    return f"{last['command']}, {_when(ended, now)}, ended with {code}{reason}"


def _under_way(document: Document) -> Iterable[str]:
    """Return the progress of a running push."""
    told, busy = document.get("progress"), str(document.get("holder"))
    if not isinstance(told, Mapping):
        return
    files, size, left = told.get("files"), told.get("bytes"), told.get("seconds_left")
    done = f"{told['files_done']:,}"
    far = f"{done} of {counted(files, 'file')}" if isinstance(files, int) else f"{done} files so far"
    if isinstance(size, int):
        far += f", {part_of(told['bytes_sent'], size)}"
    if isinstance(left, int | float):
        far += f", about {rounded(left)} left"
    name = re.sub(r"^(pid \d+) \((.*)\)$", r"\2, \1", busy)
    yield f"{name}: {far}"


def _daemon(document: Document, now: float) -> Iterable[str]:
    if not document.get("running"):
        busy = document.get("holder")
        also = (
            f"another notion-sync is using the store: {busy}"
            if busy
            else "start one with notion-sync watch, or notion-sync service install"
        )
        yield _line("daemon", f"not running; {also}")
        return
    text = f"running, pid {document.get('pid')}"
    if isinstance(since := document.get("started_at"), int | float):
        text += f", since {_when(since, now)}"
    yield _line("daemon", text)
    state = str(document.get("mood") or "")
    yield _line("", f"{state} (notion-sync resume goes on)" if state == "paused" else state)
    if trouble := document.get("trouble"):
        text = visible(str(trouble))
        if isinstance(again := document.get("next_attempt_at"), int | float) and again > now:
            text += f"; next attempt in {human_seconds(again - now)}"
        yield _line("trouble", text)


def _work(document: Document) -> Iterable[str]:
    if not document.get("running"):
        return
    under_way = str(document.get("in_flight"))
    if isinstance(size := document.get("in_flight_bytes"), int) and size:
        under_way += f" ({human_bytes(size)})"
    deferred = document.get("deferred")
    count = len(deferred) if isinstance(deferred, list) else 0
    words = f"{document.get('queued')} waiting, {under_way} in flight, {count} deferred"
    yield _line("files", f"{words}, {document.get('failed_count')} failed")


def _files(title: str, files: object) -> Iterable[str]:
    named = [each for each in files if isinstance(each, Mapping)] if isinstance(files, list | tuple) else []
    for each in named[:SHOWN]:
        text = f"{visible(below_home(str(each.get('path'))))}: {visible(str(each.get('reason')))}"
        if isinstance(again := each.get("again_in"), int | float):
            text += f" (again in {human_seconds(again)})"
        yield _line(title, text)
    if len(named) > SHOWN:
        yield _line("", f"and {len(named) - SHOWN} more (notion-sync status --json)")


def _folders(folders: object) -> Iterable[str]:
    for each in folders if isinstance(folders, list | tuple) else []:
        if isinstance(each, Mapping):
            mode = str(each.get("mode"))
            text = f"{visible(below_home(str(each.get('folder'))))}: {_MODES.get(mode, mode)}"
            why = [visible(str(each[key])) for key in ("reason", "remedy") if each.get(key)]
            yield _line("folder", f"{text} ({'; '.join(why)})" if why else text)


def _store(document: Document, now: float) -> Iterable[str]:
    yield _line("store", visible(below_home(str(document.get("state_dir")))))
    if problem := document.get("store_problem"):
        yield _line("", str(problem))
        return
    store = document.get("store")
    if not isinstance(store, Mapping):
        yield _line("", "empty: nothing was brought to Notion yet")
        return
    yield _line("", f"{counted(store['files'], 'file')} in Notion, at {counted(store['targets'], 'target')}")
    if count := store["open_appends"]:
        yield _line("", f"{counted(count, 'request')} whose outcome the next run looks up in Notion")
    if count := store["unfinished_uploads"]:
        yield _line("", f"{counted(count, 'upload')} begun and not finished")
    for refused in store["refused_types"]:
        yield _line("", f".{refused['extension']}: {plain_reason(refused['reason'])}")
    if isinstance(last := store["last_event"], int | float):
        yield _line("", f"last entry in the history {_when(last, now)}")


def _line(title: str, text: str) -> str:
    return f"{title:<{_TITLE}}{text}".rstrip()


def _when(at: float, now: float) -> str:
    return f"{_day(at)} ({human_seconds(max(0.0, now - at))} ago)"


def _day(at: float) -> str:
    return f"{dt.datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M}"
