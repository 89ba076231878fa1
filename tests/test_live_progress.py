"""What the moving lines say, at every width: states in, text out."""

import pytest
from rich.cells import cell_len

from notion_sync.cli.progress import LineStyle, state_lines
from notion_sync.progress import Sending, State
from notion_sync.report import READING, UNSTABLE

MIB = 2**20
FILM = Sending("holiday film.mp4", 200 * MIB, 84 * MIB)
SMALL = Sending("a.md", 10, 10)


def state(
    *sending: Sending,
    done: int = 112,
    files: int | None = 300,
    sent: int = 146 * MIB,
    size: int | None = 262 * MIB,
    left: float | None = 170.0,
    waits: bool = False,
    busy: tuple[tuple[str, str], ...] = (),
    speed: float | None = None,
) -> State:
    return State(done, files, sent, size, sending, busy, left, waits, 180, speed)


@pytest.mark.parametrize(
    ("given", "columns", "lines"),
    [
        (
            state(FILM, SMALL, SMALL),
            100,
            [
                "Uploading  holiday film.mp4 (84 of 200 MiB) and 2 more",
                f"{'━' * 14}{'─' * 16}  112 of 300 files  146 of 262 MiB  about 3 min left",
            ],
        ),
        (
            state(FILM),
            50,
            [
                "Uploading  holiday film.mp4 (84 of 200 MiB)",
                "━━━━━━───────  112 of 300 files  about 3 min left",
            ],
        ),
        # The speed, where there is room.
        (
            state(FILM, speed=2.1 * MIB),
            80,
            [
                "Uploading  holiday film.mp4 (84 of 200 MiB)",
                f"{'━' * 7}╸{'─' * 8}  112 of 300 files  146 of 262 MiB  2.1 MiB/s  about 3 min left",
            ],
        ),
        (
            state(FILM, speed=2.1 * MIB),
            71,
            [
                "Uploading  holiday film.mp4 (84 of 200 MiB)",
                f"{'━' * 8}╸{'─' * 9}  112 of 300 files  146 of 262 MiB  about 3 min left",
            ],
        ),
        (state(FILM), 34, ["Uploading  holiday film.mp4", f"{'━' * 8}╸{'─' * 9}  112/300 files"]),
        # What is waited for.
        (
            state(SMALL, waits=True),
            100,
            [
                "Uploading  a.md; waiting for Notion's limit (180 requests a minute)",
                f"{'━' * 14}{'─' * 16}  112 of 300 files  146 of 262 MiB  about 3 min left",
            ],
        ),
        (
            state(waits=True, left=None),
            100,
            [
                "waiting for Notion's limit (180 requests a minute)",
                f"{'━' * 14}{'─' * 16}  112 of 300 files  146 of 262 MiB",
            ],
        ),
        # At the beginning.
        (state(done=0, files=None, sent=0, size=None, left=None), 80, ["looking through the folders"]),
        (
            state(done=0, files=None, sent=0, size=None, left=None, busy=((READING, "big.iso"),)),
            80,
            ["Reading  big.iso"],
        ),
        (
            state(done=2, files=3, sent=8, size=16, left=None, busy=((UNSTABLE, "film.mp4"),)),
            60,
            ["Waiting for  film.mp4 (being written to)", f"{'━' * 17}╸{'─' * 12}  2 of 3 files  8 of 16 B"],
        ),
        (
            state(SMALL, done=1, files=None, sent=10, size=None, left=None),
            80,
            ["Uploading  a.md", "1 file  10 B"],
        ),
        (
            state(SMALL, done=0, files=1, sent=5, size=10, left=4000.0),
            80,
            ["Uploading  a.md", f"{'━' * 7}╸{'─' * 22}  0 of 1 file  5 of 10 B  about 1 h 5 min left"],
        ),
    ],
)
def test_the_moving_lines(given: State, columns: int, lines: list[str]) -> None:
    assert state_lines(given, columns, LineStyle()) == lines


@pytest.mark.parametrize("columns", [1, 5, 12, 20, 30, 40, 50, 60, 80, 100, 140])
@pytest.mark.parametrize("name", ["a.md", "x" * 300, "写真" * 60, "a\x1b[31m\nb"])
def test_no_line_is_wider_than_the_terminal(columns: int, name: str) -> None:
    for waits in (False, True):
        given = state(Sending(name, 200 * MIB, 84 * MIB), SMALL, waits=waits)
        lines = state_lines(given, columns, LineStyle())
        assert all(cell_len(line) < max(columns, 2) for line in lines), lines
        assert not any("\n" in line or "\x1b" in line for line in lines)


@pytest.mark.parametrize("columns", range(30, 120))
def test_no_number_is_cut_from_its_unit(columns: int) -> None:
    *_, bar = state_lines(state(FILM, SMALL, speed=2.1 * MIB), columns, LineStyle())
    assert not bar.endswith(("…", " of", " 3", "262"))


def test_a_terminal_without_such_characters_gets_others() -> None:
    *_, bar = state_lines(state(FILM), 50, LineStyle("#", "#", "-"))
    assert bar == "######-------  112 of 300 files  about 3 min left"
