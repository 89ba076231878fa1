"""What moves on a terminal while a run goes on: what is on its way, how much is done, and how long it will take.

Uploading  holiday film.mp4 (84 of 200 MiB) and 2 more
━━━━━━━━━━━━━╸──────────  112 of 300 files  146 of 262 MiB  2.1 MiB/s  about 3 min left
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TextIO

from rich.cells import cell_len, set_cell_size

from notion_sync.log.screen import Screen
from notion_sync.progress import Progress, State
from notion_sync.report import UNSTABLE
from notion_sync.text.visible import visible
from notion_sync.text.words import counted, human_bytes, part_of, rounded

_REFRESH: Final = 0.25
"""Seconds between two pictures."""

_MARGIN: Final = 1
"""Columns that stay free at the end: in the last one, terminals differ."""

_LEAST_BAR, _MOST_BAR = 8, 30
_SHORTEST_NAME = 12


@dataclass(frozen=True, slots=True)
class LineStyle:
    """What the terminal can show."""

    full: str = "━"
    half: str = "╸"
    empty: str = "─"

    @classmethod
    def of(cls, stream: TextIO) -> "LineStyle":
        """Plain characters where the terminal's encoding has no others."""
        try:
            "━╸─…".encode(stream.encoding or "ascii")
        except (UnicodeError, LookupError):
            return cls("#", "#", "-")
        return cls()

    def coloured(self, line: str) -> str:
        """The same line with its bar in colour."""
        done = len(line) - len(line.lstrip(self.full + self.half))
        rest = len(line[done:]) - len(line[done:].lstrip(self.empty))
        if not done + rest:
            return line
        return f"\x1b[36m{line[:done]}\x1b[0m\x1b[2m{line[done : done + rest]}\x1b[0m{line[done + rest :]}"


def state_lines(state: State, columns: int, style: LineStyle) -> list[str]:
    """What is to be seen of a state, in a terminal of so many columns; the line with the bar comes last."""
    width = max(1, columns - _MARGIN)
    what = _what(state, width)
    if state.files is None and not state.sending and not state.done:
        return what or [fitted("looking through the folders", width)]
    return [*what, _how_far(state, width, style)]


def _what(state: State, width: int) -> list[str]:
    """What is on its way, or what is waited for."""
    under_way = [each for each in state.sending if each.sent < each.size] or list(state.sending)
    waits = "waiting for Notion's limit"
    if state.limit:
        waits += f" ({state.limit} requests a minute)"
    if not under_way and state.waits_for_limit:
        return [fitted(waits, width)]
    if not under_way:
        return _before_sending(state, width)
    largest = max(under_way, key=lambda each: each.size)
    detail = f" ({part_of(largest.sent, largest.size)})" if 0 < largest.sent < largest.size else ""
    others = f" and {len(state.sending) - 1:,} more" if len(state.sending) > 1 else ""
    ends = [detail + others, detail, ""]
    if state.waits_for_limit:
        ends.insert(0, f"{detail}{others}; {waits}")
    for end in ends:
        room = width - len(f"Uploading  {end}")
        name = visible(largest.name)
        if end and room < min(_SHORTEST_NAME, cell_len(name)):
            continue
        return [fitted(f"Uploading  {fitted(name, room)}{end}", width)]
    return []


def _before_sending(state: State, width: int) -> list[str]:
    """Which file is read, or waited for."""
    if not state.busy:
        return []
    doing, name = state.busy[0]
    others = f" and {len(state.busy) - 1:,} more" if len(state.busy) > 1 else ""
    why = " (being written to)" if doing == UNSTABLE and not others else ""
    room = max(0, width - len(f"{doing}  {others}{why}"))
    return [fitted(f"{doing}  {fitted(visible(name), room)}{others}{why}", width)]


def _how_far(state: State, width: int, style: LineStyle) -> str:
    """The bar and the numbers; those that find no room are left out whole."""
    files, short = f"{counted(state.done, 'file')}", f"{state.done:,} files"
    if state.files is not None:
        files = f"{state.done:,} of {counted(state.files, 'file')}"
        short = f"{state.done:,}/{counted(state.files, 'file')}"
    size = human_bytes(state.sent) if state.bytes is None else part_of(state.sent, state.bytes)
    left = f"about {rounded(state.seconds_left)} left" if state.seconds_left is not None else ""
    speed = f"{human_bytes(state.speed)}/s" if state.speed else ""
    bar = _LEAST_BAR + 2 if state.files is not None else 0
    choices = ((files, size, speed, left), (files, size, left), (files, left), (short, left))
    wanted = ["  ".join(filter(None, parts)) for parts in choices]
    numbers = next((each for each in wanted if len(each) + bar <= width), short)
    room = min(_MOST_BAR, width - len(numbers) - 2)
    if not bar or room < _LEAST_BAR:
        return fitted(numbers, width)
    return f"{_bar(state, room, style)}  {numbers}"


def _bar(state: State, width: int, style: LineStyle) -> str:
    parts = [state.done / state.files] if state.files else []
    if state.bytes:
        parts.append(state.sent / state.bytes)
    halves = round(2 * width * min(1.0, sum(parts) / len(parts))) if parts else 0
    done = style.full * (halves // 2) + style.half * (halves % 2)
    return done + style.empty * (width - len(done))


def fitted(text: str, width: int) -> str:
    """A text that is not wider; what is cut off shows."""
    if cell_len(text) <= width:
        return text
    return f"{set_cell_size(text, max(0, width - 1)).rstrip()}…"


def progress_lines(progress: Progress, stream: TextIO) -> Callable[[int], list[str]]:
    """What is to be seen of a run, in a terminal of so many columns."""
    style = LineStyle.of(stream)
    return lambda columns: state_lines(progress.state(), columns, style)


def sentence(say: Callable[[], str]) -> Callable[[int], list[str]]:
    """One line of text, however wide the terminal is."""
    return lambda columns: [fitted(say(), max(1, columns - _MARGIN))]


@contextmanager
def drawn(lines_for: Callable[[int], list[str]], stream: TextIO, *, colour: bool) -> Iterator[None]:
    """Draw the lines for the terminal's width again and again, until the block ends."""
    style, ended = LineStyle.of(stream), threading.Event()
    with Screen(stream) as screen:

        def draw() -> None:
            before: Sequence[str] = ()
            while not ended.wait(_REFRESH):
                lines = lines_for(screen.columns)
                if lines != before:
                    widths = [cell_len(line) for line in lines]
                    screen.show([style.coloured(line) for line in lines] if colour else lines, widths)
                    before = lines

        threading.Thread(target=draw, name="progress", daemon=True).start()
        try:
            yield
        finally:
            ended.set()
