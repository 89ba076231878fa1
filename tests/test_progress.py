"""How far a run is and when it will be done: what was told in, what is shown out. The time is moved by hand."""

import pytest

from notion_sync.notion.rate.window import Window
from notion_sync.progress import Progress
from notion_sync.sync.estimate import sending_requests, uploading_work
from notion_sync.time_left import Work

MIB = 2**20


class Run:
    """A run in which a rate limit is kept, and whose time is moved by hand."""

    def __init__(self, limit: int | None = 180, span: float = 60.0) -> None:
        self.now = 0.0
        self.sent = 0
        self.waiting = 0
        self.limit = limit
        self.spacing = 0.0
        self.unsent = 0
        self._window = Window(limit or 10**6, span)
        self.progress = Progress(lambda: self.now, self, uploading_work)

    def seconds_for(self, requests: int) -> float:
        return self._window.pause(self.now, max(0, requests - 1)) if requests else 0.0

    @property
    def arriving(self) -> float:
        return 0.5

    @property
    def placing(self) -> float:
        return 0.5

    def request(self, seconds: float = 0.0) -> None:
        """One more, as soon as it may go; it takes so long."""
        self.waiting = 1
        while (pause := self._window.pause(self.now, 0)) > 0:
            self.move(min(pause, 0.25))
        self.waiting = 0
        self._window.spend(self.now)
        self.sent += 1
        self.spacing = seconds
        self.move(seconds)

    def move(self, seconds: float) -> None:
        """Time passes, and somebody looks."""
        while seconds > 0:
            self.now += min(seconds, 0.25)
            seconds -= 0.25
            self.left()

    def left(self) -> float | None:
        return self.progress.state().seconds_left

    def small_file(self, name: str, seconds: float) -> None:
        self.progress.sending(f"/d/{name}", 100)
        self.request(seconds)
        self.request(seconds)
        self.progress.sent(f"/d/{name}", 100)
        self.progress.sending_ended(f"/d/{name}")
        self.progress.arrived(f"/d/{name}", 100)


class WithFilm(Run):
    """A run that sends a large content, too, at so many bytes a second beside all else."""

    FILM = "/d/film.mp4"

    def __init__(self, rate: int, size: int) -> None:
        super().__init__()
        self._rate, self._size, self._sent = rate, size, 0
        self.told: list[tuple[float, float]] = []

    def begin(self) -> None:
        self.progress.sending(self.FILM, self._size)

    def moves_on(self, seconds: float) -> None:
        """Time passes, in which the film alone goes on."""
        for _ in range(round(4 * seconds)):
            self.move(0.25)

    @property
    def film_is_there(self) -> bool:
        return self._sent >= self._size

    def move(self, seconds: float) -> None:
        """Time passes, and with it the film goes on, a part of 10 MiB a request."""
        before = self._sent
        if before < self._size:
            self._sent = min(self._size, before + round(self._rate * seconds))
            self.progress.sent(self.FILM, self._sent - before)
            self.sent += self._sent // (10 * MIB) - before // (10 * MIB)
            if self.film_is_there:
                self.progress.sending_ended(self.FILM)
                self.progress.arrived(self.FILM, self._size)
                self.progress.file_ended(self.FILM, self._size)
        super().move(seconds)
        if (left := self.left()) is not None:
            self.told.append((self.now, left))


def test_a_file_counts_when_its_content_is_with_notion_and_once() -> None:
    progress = Run().progress
    progress.counted(Work(3, 300, 6))
    progress.sending("/d/a", 100)
    progress.sent("/d/a", 60)
    assert (progress.state().done, progress.state().sent, progress.state().files) == (0, 60, 3)
    progress.sending_ended("/d/a")
    progress.arrived("/d/a", 100)
    progress.arrived("/d/a", 100)  # at its second target
    assert (progress.state().done, progress.state().sent) == (1, 100)
    progress.file_ended("/d/a", 100)
    progress.file_ended("/d/b", 100)  # it needed nothing, or failed
    assert (progress.state().done, progress.state().sent, progress.state().sending) == (2, 200, ())


def test_bytes_that_are_sent_once_more_are_not_counted_twice() -> None:
    progress = Run().progress
    progress.sending("/d/a", 100)
    progress.sent("/d/a", 80)
    progress.lost("/d/a", 80)
    progress.sent("/d/a", 60)
    assert progress.state().sent == 60


def test_bytes_that_notion_has_from_an_earlier_run_count_as_sent_and_say_nothing_of_the_line() -> None:
    progress = Run().progress
    progress.sending("/d/film.mp4", 100 * MIB)
    progress.resumed("/d/film.mp4", 80 * MIB)
    assert (progress.state().sent, progress.bandwidth) == (80 * MIB, None)


def test_of_a_run_that_is_stopping_the_bytes_of_parts_stay_counted() -> None:
    progress = Run().progress
    for path in ("/d/a", "/d/b"):
        progress.sending(path, 100)
        progress.sent(path, 60)
    progress.stopping()
    for path in ("/d/a", "/d/b"):
        progress.sending_ended(path)
    assert (progress.state().done, progress.state().sent) == (0, 120)
    progress.arrived("/d/b", 100)
    assert (progress.state().done, progress.state().sent) == (1, 160)


def test_nothing_is_known_of_a_total_that_is_still_counted() -> None:
    run = Run()
    run.progress.sending("/d/a", 100)
    run.move(20)
    state = run.progress.state()
    assert (state.files, state.bytes, state.seconds_left) == (None, None, None)


def test_no_time_left_is_told_in_the_first_seconds() -> None:
    run = Run()
    run.progress.counted(Work(10, 1000, 20))
    run.sent = 1
    run.progress.arrived("/d/1.md", 100)
    run.move(9)
    assert run.left() is None
    run.move(2)
    assert run.left() is not None


def test_no_time_left_is_told_while_nothing_comes_to_notion() -> None:
    run = Run()
    run.progress.counted(Work(10, 1000, 20))
    run.sent = 6  # attempts, as where the network is away
    run.move(30)
    assert run.left() is None


@pytest.mark.parametrize("seconds", [0.05, 0.15, 0.5])
def test_the_time_left_of_many_small_files_is_near_the_truth(seconds: float) -> None:
    """Under Notion's limit and with requests that take their time: from the first minute on, within a factor of 1.5."""
    run, files = Run(), 300
    run.progress.counted(Work(files, 100 * files, 2 * files, files / 100))
    told: list[tuple[float, float]] = []
    for number in range(files):
        run.small_file(f"{number}.md", seconds)
        run.progress.file_ended(f"/d/{number}.md", 100)
        if run.now >= 60 and (left := run.left()) is not None:
            told.append((run.now, left))
    wrong = [
        (at, left, run.now - at) for at, left in told if run.now - at > 10 and not _near(left, run.now - at)
    ]
    assert told
    assert not wrong


@pytest.mark.parametrize(
    ("rate", "size"),
    [(1_000_000, 40 * MIB), (1_000_000, 100 * MIB), (500_000, 200 * MIB)],
    ids=["requests last longer", "both the same", "the line lasts longer"],
)
def test_the_time_left_of_small_files_beside_a_large_one_is_near_the_truth(rate: int, size: int) -> None:
    """From the first minute on, whichever of the two decides how long it takes."""
    run, files = WithFilm(rate, size), 300
    small = Work(files, 100 * files, 2 * files, files / 100)
    run.progress.counted(small.plus(Work(1, size, sending_requests(size), 0.01, in_parts=size)))
    run.begin()
    for number in range(files):
        run.small_file(f"{number}.md", 0.15)
        run.progress.file_ended(f"/d/{number}.md", 100)
    while not run.film_is_there:
        run.move(0.25)
    wrong = [
        (at, left, run.now - at)
        for at, left in run.told
        if at >= 60 and run.now - at > 15 and not _near(left, run.now - at)
    ]
    assert len(run.told) > 300
    assert not wrong


def test_the_speed_is_that_of_the_line_while_the_line_is_what_is_waited_for() -> None:
    run = WithFilm(400_000, 60 * 400_000)
    assert run.progress.state().speed is None
    run.begin()
    run.moves_on(20)
    assert run.progress.state().speed == pytest.approx(400_000, rel=0.1)
    run.waiting = 1
    assert run.progress.state().speed is None  # requests are what is waited for
    run.waiting = 0
    run.moves_on(60)
    assert run.film_is_there
    assert run.progress.state().speed is None


def test_of_a_run_that_is_stopping_no_time_left_is_told() -> None:
    run = WithFilm(400_000, 60 * 400_000)
    run.progress.counted(Work(1, 60 * 400_000, 4, in_parts=60 * 400_000))
    run.begin()
    run.sent = 1
    run.moves_on(20)
    assert run.left() is not None
    run.progress.stopping()
    assert run.left() is None


@pytest.mark.parametrize("rate", [50_000, 400_000, 5_000_000])
def test_the_time_left_of_a_large_file_follows_the_line(rate: int) -> None:
    run, size = Run(), 60 * rate
    run.sent = 1
    run.progress.counted(Work(1, size, 4, in_parts=size if size > 20 * MIB else 0))
    run.progress.sending("/d/film.mp4", size)
    for _ in range(30 * 4):
        run.progress.sent("/d/film.mp4", rate // 4)
        run.move(0.25)
    left = run.left()
    assert left is not None
    assert _near(left, 30)


def test_small_files_tell_nothing_of_the_line() -> None:
    """They take as long as their requests do: hours would be told for what a good line sends in seconds."""
    run = Run()
    run.progress.counted(Work(21, 40 * MIB, 44, in_parts=40 * MIB))
    for number in range(20):
        run.small_file(f"{number}.md", 0.5)
    left = run.left()
    assert left is not None
    assert left < 60


def _near(told: float, truth: float) -> bool:
    return truth / 1.5 <= told <= truth * 1.5
