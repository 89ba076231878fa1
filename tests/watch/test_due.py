"""When to look at what, as literals."""

from collections.abc import Callable

import pytest

from notion_sync.watch.due import FOLDER_PAUSE, NEVER, Due, DueQueue, within

Step = Callable[[DueQueue], object]


def _queue(*steps: Step) -> DueQueue:
    queue = DueQueue(lambda _path: "/root")
    for step in steps:
        step(queue)
    return queue


def _written(path: str, settle: float, now: float) -> Step:
    return lambda queue: queue.written(path, settle=settle, now=now)


def _changed(tree: str, settle: float, now: float) -> Step:
    return lambda queue: queue.changed(tree, settle=settle, now=now)


@pytest.mark.parametrize(
    ("steps", "at"),
    [
        pytest.param([], NEVER, id="nothing"),
        pytest.param([_written("/a", 5.0, 10.0)], 15.0, id="once it was left alone"),
        pytest.param([_written("/a", 5.0, 10.0), _written("/a", 5.0, 13.0)], 18.0, id="put off by another write"),
        pytest.param(
            [_written("/a", 50.0, 0.0), _written("/a", 50.0, 40.0)], 60.0, id="put off for a minute at most"
        ),
        pytest.param([_written("/a", 90.0, 0.0)], 90.0, id="a longer settle"),
        pytest.param(
            [_written("/a", 90.0, 0.0), _written("/a", 90.0, 50.0)], 90.0, id="a longer settle is not put off"
        ),
        pytest.param([lambda q: q.look("/a", 7.0)], 7.0, id="then"),
        pytest.param([lambda q: q.look("/a", 7.0), lambda q: q.look("/a", 4.0)], 4.0, id="or earlier"),
        pytest.param([lambda q: q.look("/a", 7.0), lambda q: q.look("/a", 9.0)], 7.0, id="and not later"),
        pytest.param([_written("/a", 5.0, 0.0), lambda q: q.look("/a", 3.0)], 3.0, id="a look brings it forward"),
        pytest.param(
            [_written("/a", 5.0, 0.0), lambda q: q.look("/a", 3.0), _written("/a", 5.0, 1.0)], 3.0,
            id="and is not put off",
        ),
        pytest.param([_changed("/t", 5.0, 10.0)], 15.0, id="a tree"),
        pytest.param([_changed("/t", 0.0, 10.0)], 10.0 + FOLDER_PAUSE, id="a tree is not looked through all the time"),
        pytest.param([_changed("/t", 5.0, 10.0), _changed("/t", 5.0, 12.0)], 15.0, id="a tree is not put off"),
        pytest.param([lambda q: q.look_through("/t", 8.0), lambda q: q.look_through("/t", 6.0)], 6.0, id="or earlier"),
        pytest.param([_written("/a", 5.0, 0.0), _changed("/t", 3.0, 0.0)], 3.0, id="the first of all"),
    ],
)  # fmt: skip
def test_when_something_is_due(steps: list[Step], at: float) -> None:
    assert _queue(*steps).next() == at


_ALL = Due(frozenset(["/f/a"]), frozenset(["/g"]), frozenset(["/t"]))


@pytest.mark.parametrize(
    ("now", "taken", "left"),
    [
        pytest.param(0.9, Due(), 3, id="nothing yet"),
        pytest.param(1.0, Due(files=_ALL.files), 2, id="a file"),
        pytest.param(2.0, Due(_ALL.files, _ALL.folders), 1, id="and a folder"),
        pytest.param(3.0, _ALL, 0, id="all"),
    ],
)
def test_what_is_taken_is_due_no_more(now: float, taken: Due, left: int) -> None:
    queue = _queue(
        lambda q: q.look_again(Due(files=_ALL.files), 1.0),
        lambda q: q.look_again(Due(folders=_ALL.folders), 2.0),
        lambda q: q.look_again(Due(trees=_ALL.trees), 3.0),
    )
    assert queue.waiting(now) == 3 - left
    assert queue.take(now) == taken
    assert queue.take(now) == Due()
    assert queue.waiting(100.0) == left


@pytest.mark.parametrize(
    ("step", "earlier"),
    [
        pytest.param(_written("/b", 5.0, 4.0), True, id="a file, earlier"),
        pytest.param(_written("/b", 5.0, 5.0), False, id="a file, at the same time"),
        pytest.param(_written("/b", 5.0, 6.0), False, id="a file, later"),
        pytest.param(_changed("/t", 0.0, 8.0), True, id="a tree, earlier"),
        pytest.param(_changed("/t", 0.0, 9.0), False, id="a tree, at the same time"),
    ],
)
def test_whoever_waits_hears_of_what_is_due_earlier(step: Step, earlier: bool) -> None:
    queue = _queue(lambda q: q.look("/a", 10.0))
    assert queue.next() == 10.0
    assert step(queue) is earlier
    assert step(queue) is False, "and not twice"


@pytest.mark.parametrize(
    ("path", "covered"),
    [
        ("/f/a", True), ("/f/b", False), ("/f/a/b", False), ("/g", False), ("/g/a", True), ("/g/a/b", False),
        ("/t", True), ("/t/a", True), ("/t/a/b", True), ("/tree", False), ("/", False),
    ],
)  # fmt: skip
def test_what_a_pass_covers(path: str, covered: bool) -> None:
    assert _ALL.covers(path) is covered


@pytest.mark.parametrize(
    ("missing", "left"),
    [
        ([], _ALL),
        (["/x"], _ALL),
        (["/f"], Due(folders=_ALL.folders, trees=_ALL.trees)),
        (["/f/a"], Due(folders=_ALL.folders, trees=_ALL.trees)),
        (["/g"], Due(files=_ALL.files, trees=_ALL.trees)),
        (["/t"], Due(_ALL.files, _ALL.folders)),
        (["/f", "/g", "/t"], Due()),
        (["/"], Due()),
    ],
)
def test_what_is_missing_is_not_looked_at(missing: list[str], left: Due) -> None:
    rest = _ALL.outside(missing)
    assert rest == left
    assert (bool(rest), len(rest)) == (left != Due(), sum(map(len, (left.files, left.folders, left.trees))))


@pytest.mark.parametrize(
    ("path", "tree", "inside"),
    [
        ("/a", "/a", True), ("/a/b", "/a", True), ("/a/b", "/a/", True), ("/a", "/", True),
        ("/ab", "/a", False), ("/a", "/a/b", False),
    ],
)  # fmt: skip
def test_what_is_within(path: str, tree: str, inside: bool) -> None:
    assert within(path, [tree]) is inside
    assert within(path, ["/else", tree]) is inside
    assert not within(path, [])
