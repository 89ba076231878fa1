"""Walking real folders: what is taken, in which order, what is passed over and what is said."""

import errno
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notion_sync.errors import StoreError
from notion_sync.extent import EVERYTHING, Extent
from notion_sync.model import ActionName
from notion_sync.plan.folder import LeaveOut, Look, Wait
from notion_sync.rules import OnDelete, Rule, SortOrder
from notion_sync.scan.disk import SYSTEM_DISK, Disk
from notion_sync.scan.steps import NullObserver, Problem, Task
from notion_sync.scan.walk import Walk
from notion_sync.selection.patterns import Patterns
from notion_sync.state import Store
from tests.support.clock import FakeClock
from tests.support.memory_disk import MemoryDisk
from tests.support.store import OTHER_PAGE, PAGE, digest, page_rule, put_in_place
from tests.support.tree import deep_tree, make_tree, stat_of, whole_tree


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(str(tmp_path / "state")) as store:
        yield store


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder for rules."""
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@dataclass(frozen=True)
class Seen:
    """What a walk came by, in its order."""

    items: Sequence[Task | Problem]
    unchanged: int

    @property
    def tasks(self) -> list[Task]:
        return [item for item in self.items if isinstance(item, Task)]

    @property
    def paths(self) -> list[str]:
        return [task.step.found.path for task in self.tasks]

    @property
    def by_rule(self) -> list[tuple[str, str]]:
        return [(task.rule.name, task.step.found.path) for task in self.tasks]

    @property
    def problems(self) -> list[tuple[str, str, bool]]:
        return [(p.path, p.reason, p.harmless) for p in self.items if isinstance(p, Problem)]


def walked(
    store: Store,
    *rules: Rule,
    extent: Extent = EVERYTHING,
    thorough: bool = False,
    limit: int = 100_000,
    disk: Disk = SYSTEM_DISK,
) -> Seen:
    """Walk; at most `limit` items, for walks that may not end."""
    unchanged: list[int] = []
    walk = Walk(rules, store, FakeClock(), unchanged.append, extent, thorough, disk=disk)
    items = list(itertools.islice(walk.tasks(), limit))
    return Seen(items, sum(unchanged))


def push(store: Store, *rules: Rule, extent: Extent = EVERYTHING) -> Seen:
    """Walk, and record every file as the executor would after all went well."""
    seen = walked(store, *rules, extent=extent)
    for task in seen.tasks:
        found = task.step.found
        well = isinstance(task.step, Look)
        if well:
            put_in_place(store, task.rule, found.id, found.fingerprint, found.id.name.encode())
        task.folder.ended(len(task.rule.pages), clean=well, store=store)
    return seen


def only(*paths: str | Path) -> Extent:
    return Extent(frozenset(map(str, paths)))


# What is found, and in which order


def test_what_a_task_says_of_its_file(store: Store, root: Path) -> None:
    make_tree(root, {"sub/a.txt": b"abc"})
    (task,) = walked(store, page_rule(root)).tasks
    assert isinstance(task.step, Look)
    found = task.step.found
    assert (found.path, found.source) == ("sub/a.txt", f"{root}/sub/a.txt")
    assert (found.id.folder, found.id.name) == (f"{root}/sub", "a.txt")
    assert found.fingerprint == stat_of(root / "sub/a.txt")
    assert task.step.digest is None


def test_files_come_in_the_order_of_their_full_paths(store: Store, root: Path) -> None:
    """Folders stand where their files' paths do, not where their names do."""
    paths = ["a/x", "a-b/x", "a.b/x", "a.txt", "a0", "a/b/x", "a/b.x", "ab", "A/x", "a b/x", "b", "a\n/x"]
    make_tree(root, dict.fromkeys(paths, b"x"))
    assert walked(store, page_rule(root)).paths == sorted(paths)


parts = st.text(st.sampled_from("a-./0 é𝄞\udcff\n~"), min_size=1, max_size=3).filter(
    lambda part: "/" not in part and part not in (".", "..")
)
trees = st.sets(st.lists(parts, min_size=1, max_size=3).map("/".join), max_size=12)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=trees)
def test_the_order_is_that_of_the_sorted_paths_whatever_the_names(
    tree: set[str], store: Store, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("tree")
    for path in sorted(tree, key=len, reverse=True):
        if not (root / path).is_dir():
            make_tree(root, {path: b"x"})
    rule = replace(page_rule(root), hidden=True, ignore=Patterns(("!*",)))
    assert walked(store, rule).paths == whole_tree(root)


def test_a_very_deep_tree_is_walked_to_its_end(store: Store, root: Path) -> None:
    """1,500 levels: more than Python's stack has."""
    make_tree(root, {"e.txt": b"x"})
    with deep_tree(root, "d", 1500, "deep.txt"), store.transaction():
        assert walked(store, page_rule(root)).paths == ["d/" * 1500 + "deep.txt", "e.txt"]


def test_a_tree_deeper_than_the_system_can_name_is_said_where_it_ends(store: Store, root: Path) -> None:
    """Linux takes no path of more than 4,095 bytes: what is below must not be missing in silence."""
    make_tree(root, {"e.txt": b"x"})
    with deep_tree(root, "d" * 200, 30, "deep.txt"):
        seen = walked(store, page_rule(root))
    assert seen.paths == ["e.txt"]
    assert [(reason, harmless) for _, reason, harmless in seen.problems] == [
        ("the folder cannot be read: File name too long", False)
    ]


def test_the_first_file_comes_before_the_rest_of_the_tree_is_looked_at(store: Store, root: Path) -> None:
    make_tree(root, {f"{number:02}/x": b"x" for number in range(50)})
    walk = Walk((page_rule(root),), store, FakeClock(), lambda _: None).tasks()
    first = next(walk)
    assert isinstance(first, Task)
    make_tree(root, {"49/new": b"x"})
    rest = [item.step.found.path for item in walk if isinstance(item, Task)]
    assert rest[-2:] == ["49/new", "49/x"]


def test_by_mtime_the_oldest_comes_first_whatever_its_folder(store: Store, root: Path) -> None:
    make_tree(root, {"a/new": b"x", "c": b"x"}, mtime=3e8)
    make_tree(root, {"b/old": b"x"}, mtime=1e8)
    make_tree(root, {"a/z": b"x", "a/y": b"x"}, mtime=2e8)
    rule = replace(page_rule(root), targets=(PAGE, replace(OTHER_PAGE, order=SortOrder.MTIME)))
    assert walked(store, rule).paths == ["b/old", "a/y", "a/z", "a/new", "c"]


# What is taken


def test_what_stays_at_home_is_no_task(store: Store, root: Path) -> None:
    make_tree(
        root,
        {
            ".hidden": b"x", ".git/config": b"x", "a.part": b"x", "server.key": b"x", "a.log": b"x",
            "skipped/a.txt": b"x", "taken/a.txt": b"x", "taken/a.jpg": b"x",
        },
    )  # fmt: skip
    rule = replace(page_rule(root), match=Patterns(("*.txt",)), ignore=Patterns(("*.log", "skipped/")))
    assert walked(store, rule).paths == ["taken/a.txt"]


def test_what_cannot_go_is_a_task_with_the_reason(store: Store, root: Path) -> None:
    make_tree(root, {"empty": b"", "large": b"12345"})
    seen = walked(store, replace(page_rule(root), max_size=4))
    reasons = [(t.step.reason, t.step.harmless) for t in seen.tasks if isinstance(t.step, LeaveOut)]
    assert reasons == [
        ("it is empty, and Notion takes no empty files", True),
        ("it is larger than max_size (5 B > 4 B)", True),
    ]


def test_a_file_written_a_moment_ago_waits(store: Store, root: Path) -> None:
    make_tree(root, {"a": b"x"}, mtime=FakeClock().now() - 2)
    (task,) = walked(store, page_rule(root)).tasks
    assert isinstance(task.step, Wait)
    assert task.step.ready_in == pytest.approx(3)


@pytest.mark.parametrize(("content", "step"), [(b"x", Look), (b"", LeaveOut), (b"12345", LeaveOut)])
def test_a_file_that_is_known_to_be_stable_does_not_wait(
    store: Store, root: Path, content: bytes, step: type
) -> None:
    """Somebody has looked at it before, and it has not changed since."""
    make_tree(root, {"a": content}, mtime=FakeClock().now() - 2)
    asked: list[Wait] = []

    class Knowing(NullObserver):
        def is_stable(self, wait: Wait, rule: Rule) -> bool:  # noqa: ARG002
            asked.append(wait)
            return True

    rule = replace(page_rule(root), max_size=4)
    walk = Walk((rule,), store, FakeClock(), lambda _: None, observer=Knowing())
    (task,) = walk.tasks()
    assert isinstance(task, Task)
    assert isinstance(task.step, step)
    assert [wait.found.path for wait in asked] == ["a"]


def test_pipes_and_sockets_are_no_files(store: Store, root: Path) -> None:
    os.mkfifo(root / "pipe")
    make_tree(root, {"a": b"x"})
    assert walked(store, page_rule(root)).paths == ["a"]


def test_what_is_in_the_place_of_a_folder_is_said(store: Store, root: Path) -> None:
    (root / "file").write_bytes(b"")
    (root / "link").symlink_to(root / "nowhere")
    os.mkfifo(root / "pipe")
    for name, what in (
        ("file", "it is a file, not a folder"),
        ("link", "it is a link that leads nowhere"),
        ("pipe", "it is not a folder"),
    ):
        seen = walked(store, page_rule(root / name))
        assert seen.problems == [("", f"{root}/{name}: {what}", False)]


def test_a_missing_folder_is_said_and_the_other_rules_go_on(store: Store, root: Path) -> None:
    make_tree(root, {"a": b"x"})
    gone = page_rule(root / "gone", "gone")
    seen = walked(store, gone, page_rule(root))
    assert seen.paths == ["a"]
    assert seen.problems == [("", f"{root}/gone: folder not found (is its disk mounted?)", False)]


def test_a_folder_that_vanishes_on_the_way_is_no_trouble(store: Store, root: Path) -> None:
    make_tree(root, {"a/x": b"x", "b/x": b"x", "c/x": b"x"})
    walk = Walk((page_rule(root),), store, FakeClock(), lambda _: None).tasks()
    next(walk)
    os.rename(root / "b", root.parent / "b")
    assert [item.step.found.path for item in walk if isinstance(item, Task)] == ["c/x"]


def test_a_folder_that_becomes_a_link_on_the_way_does_not_lead_out(store: Store, root: Path) -> None:
    make_tree(root.parent, {"outside/secret": b"x"})
    make_tree(root, {"a/x": b"x", "b/x": b"x"})
    walk = Walk((page_rule(root),), store, FakeClock(), lambda _: None).tasks()
    next(walk)
    os.rename(root / "b", root.parent / "b")
    (root / "b").symlink_to("../outside")
    assert list(walk) == []


def test_a_rule_s_own_folder_may_be_a_link(store: Store, root: Path) -> None:
    make_tree(root, {"sub/a": b"x"})
    (root.parent / "link").symlink_to("root")
    (task,) = walked(store, page_rule(root.parent / "link")).tasks
    assert task.step.found.id.path == f"{root.parent}/link/sub/a"


# Folders that need nothing


def test_a_pushed_tree_needs_nothing(store: Store, root: Path) -> None:
    make_tree(root, {"a": b"x", "sub/b": b"x", "sub/deep/c": b"x"})
    rule = page_rule(root)
    assert push(store, rule).paths == ["a", "sub/b", "sub/deep/c"]
    for _ in range(2):
        seen = walked(store, rule)
        assert (seen.items, seen.unchanged) == ([], 3)


def test_each_target_counts(store: Store, root: Path) -> None:
    make_tree(root, {"a": b"x", "b": b"x"})
    rule = replace(page_rule(root), targets=(PAGE, OTHER_PAGE))
    push(store, rule)
    assert walked(store, rule).unchanged == 4


def test_a_settled_folder_is_passed_over_without_a_look_at_the_record_of_its_files(
    store: Store, root: Path
) -> None:
    make_tree(root, {"a": b"x"})
    rule = page_rule(root)
    (task,) = push(store, rule).tasks
    with store.transaction():
        store.files.forget(task.step.found.id)
    assert walked(store, rule).paths == []
    (root / "new").touch()
    assert walked(store, rule).paths == ["a", "new"]


def test_only_what_changed_is_looked_at(store: Store, root: Path) -> None:
    make_tree(root, {"a": b"x", "b": b"x", "sub/c": b"x"})
    rule = page_rule(root)
    push(store, rule)
    make_tree(root, {"b": b"changed"})
    seen = walked(store, rule)
    assert (seen.paths, seen.unchanged) == (["b"], 2)


def test_a_file_whose_content_is_known_need_not_be_read(store: Store, root: Path) -> None:
    """It was read, but its upload did not come to an end."""
    make_tree(root, {"a": b"x"})
    rule = page_rule(root)
    found = walked(store, rule).tasks[0].step.found
    with store.transaction():
        store.files.remember(found.id, found.fingerprint, digest(b"x"))
    (task,) = walked(store, rule).tasks
    assert isinstance(task.step, Look)
    assert task.step.digest == digest(b"x")


def test_a_folder_with_a_file_that_failed_is_not_settled(store: Store, root: Path) -> None:
    make_tree(root, {"a": b"x", "empty": b""})
    rule = page_rule(root)
    push(store, rule)
    seen = walked(store, rule)
    assert (seen.paths, seen.unchanged) == (["empty"], 1)


def test_a_folder_is_settled_only_when_all_of_its_files_have_ended(store: Store, root: Path) -> None:
    make_tree(root, {"a": b"x", "b": b"x"})
    rule = page_rule(root)
    first, second = walked(store, rule).tasks
    for task in (first, second):
        with store.reading():
            assert store.files.clean(str(root), task.rule_key) is None
        task.folder.ended(1, clean=True, store=store)
    with store.reading():
        settled = store.files.clean(str(root), first.rule_key)
    assert settled is not None
    assert settled[1] == 2


def test_an_empty_folder_is_settled_at_once(store: Store, root: Path) -> None:
    rule = page_rule(root)
    make_tree(root, {"sub": None})
    walked(store, rule)
    database = store._database
    assert database.execute("SELECT count(*) FROM settled_folders").fetchone() == (2,)


def changed_pattern(rule: Rule) -> Rule:
    return replace(rule, ignore=Patterns(("*.log",)))


def other_target(rule: Rule) -> Rule:
    return replace(rule, targets=(OTHER_PAGE,))


@pytest.mark.parametrize(("change", "paths"), [(changed_pattern, []), (other_target, ["a"])])
def test_under_another_rule_no_folder_is_settled(
    store: Store, root: Path, change: Callable[[Rule], Rule], paths: list[str]
) -> None:
    make_tree(root, {"a": b"x"})
    rule = page_rule(root)
    push(store, rule)
    assert walked(store, change(rule)).paths == paths
    assert walked(store, rule).unchanged == 1


def test_thorough_gives_every_file_a_step_with_what_is_known_of_it(store: Store, root: Path) -> None:
    make_tree(root, {"a": b"x", "sub/b": b"x"})
    rule = page_rule(root)
    push(store, rule)
    seen = walked(store, rule, thorough=True)
    assert seen.paths == ["a", "sub/b"]
    assert [t.step.digest for t in seen.tasks if isinstance(t.step, Look)] == [digest(b"a"), digest(b"b")]
    assert seen.unchanged == 0


# More than one rule


def test_two_rules_over_one_folder_share_its_files(store: Store, root: Path) -> None:
    make_tree(root, {"a.png": b"x", "a.txt": b"x", "sub/b.png": b"x"})
    pictures = replace(page_rule(root, "pictures"), match=Patterns(("*.png",)))
    rest = page_rule(root, "rest")
    assert walked(store, pictures, rest).by_rule == [
        ("pictures", "a.png"), ("pictures", "sub/b.png"), ("rest", "a.txt"),
    ]  # fmt: skip
    assert walked(store, rest, pictures).by_rule == [
        ("rest", "a.png"), ("rest", "a.txt"), ("rest", "sub/b.png"),
    ]  # fmt: skip


def test_a_file_that_is_too_large_for_the_first_rule_goes_to_the_next(store: Store, root: Path) -> None:
    make_tree(root, {"small": b"x", "large": b"12345"})
    first = replace(page_rule(root, "first"), max_size=4)
    seen = walked(store, first, page_rule(root, "second"))
    assert [(t.rule.name, t.step.found.path, type(t.step)) for t in seen.tasks] == [
        ("first", "large", LeaveOut), ("first", "small", Look), ("second", "large", Look),
    ]  # fmt: skip


def test_a_rule_inside_another_one_s_folder_gets_what_that_one_leaves(store: Store, root: Path) -> None:
    make_tree(root, {"a": b"x", "inner/a.png": b"x", "inner/b.txt": b"x", "inner/deep/c.txt": b"x"})
    outer = replace(page_rule(root, "outer"), ignore=Patterns(("inner/**/*.txt",)))
    inner = page_rule(root / "inner", "inner")
    assert walked(store, outer, inner).by_rule == [
        ("outer", "a"), ("outer", "inner/a.png"), ("inner", "b.txt"), ("inner", "deep/c.txt"),
    ]  # fmt: skip
    assert walked(store, inner, outer).by_rule == [
        ("inner", "a.png"), ("inner", "b.txt"), ("inner", "deep/c.txt"), ("outer", "a"),
    ]  # fmt: skip


def test_a_folder_left_out_by_the_outer_rule_belongs_to_the_inner_one(store: Store, root: Path) -> None:
    make_tree(root, {"a": b"x", ".inner/b": b"x"})
    rules = (page_rule(root, "outer"), page_rule(root / ".inner", "inner"))
    assert walked(store, *rules).by_rule == [("outer", "a"), ("inner", "b")]


def test_a_rule_with_a_similar_folder_name_takes_nothing_away(store: Store, root: Path) -> None:
    make_tree(root, {"a/x": b"x", "a-b/x": b"x"})
    rules = (page_rule(root / "a", "one"), page_rule(root / "a-b", "two"))
    assert walked(store, *rules).by_rule == [("one", "x"), ("two", "x")]


def test_a_folder_is_looked_at_again_when_an_earlier_rule_leaves_more_to_it(store: Store, root: Path) -> None:
    make_tree(root, {"a.png": b"x", "b.txt": b"x"})
    first = replace(page_rule(root, "first"), match=Patterns(("*.png",)), targets=(OTHER_PAGE,))
    second = page_rule(root, "second")
    push(store, first, second)
    assert walked(store, first, second).paths == []
    narrower = replace(first, match=Patterns(("b*.png",)))
    assert walked(store, narrower, second).by_rule == [("second", "a.png")]


def test_files_of_two_rules_with_one_page_are_counted_once(store: Store, root: Path) -> None:
    make_tree(root, {"a.png": b"x", "b.txt": b"x"})
    pictures = replace(page_rule(root, "pictures"), match=Patterns(("*.png",)))
    rest = page_rule(root, "rest")
    push(store, pictures, rest)
    assert walked(store, pictures, rest).unchanged == 2
    make_tree(root, {"new.txt": b"x"})
    assert push(store, pictures, rest).unchanged == 2
    assert walked(store, pictures, rest).unchanged == 3


# Only a part


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([""], ["a", "b", "sub/a", "sub/deep/a"]),
        (["a"], ["a"]),
        (["sub"], ["sub/a", "sub/deep/a"]),
        (["sub/deep"], ["sub/deep/a"]),
        (["sub/deep/a"], ["sub/deep/a"]),
        (["a", "sub/a"], ["a", "sub/a"]),
        (["su"], []),
        (["gone"], []),
        (["a/below"], []),
        ([".."], ["a", "b", "sub/a", "sub/deep/a"]),
    ],
)
def test_only_what_is_asked_for_is_looked_at(
    store: Store, root: Path, paths: list[str], expected: list[str]
) -> None:
    make_tree(root, {"a": b"x", "b": b"x", "sub/a": b"x", "sub/deep/a": b"x"})
    extent = only(*(os.path.normpath(root / path) for path in paths))
    assert walked(store, page_rule(root), extent=extent).paths == expected


def test_a_folder_without_its_subfolders(store: Store, root: Path) -> None:
    make_tree(root, {"a": b"x", "sub/a": b"x", "sub/deep/a": b"x"})
    extent = Extent(flat=frozenset({str(root / "sub")}))
    assert walked(store, page_rule(root), extent=extent).paths == ["sub/a"]


def test_rules_that_are_not_asked_for_do_not_speak(store: Store, root: Path) -> None:
    make_tree(root, {"a": b"x"})
    rules = (page_rule(root / "gone"), page_rule(root))
    assert walked(store, *rules, extent=only(root / "a")).problems == []


def test_a_part_that_is_asked_for_does_not_settle_the_whole(store: Store, root: Path) -> None:
    make_tree(root, {"a": b"x", "b": b"x"})
    rule = page_rule(root)
    push(store, rule, extent=only(root / "a"))
    seen = walked(store, rule)
    assert (seen.paths, seen.unchanged) == (["b"], 1)


def test_a_subfolder_that_is_asked_for_is_settled_on_its_own(store: Store, root: Path) -> None:
    make_tree(root, {"a": b"x", "sub/b": b"x"})
    rule = page_rule(root)
    push(store, rule, extent=only(root / "sub"))
    seen = walked(store, rule)
    assert (seen.paths, seen.unchanged) == (["a"], 1)


def test_a_file_waits_while_its_download_s_sign_is_beside_it(store: Store, root: Path) -> None:
    make_tree(root, {"a.mkv": b"x", "a.mkv.aria2": b"x", "b.mkv": b"x"})
    rule = page_rule(root)
    seen = push(store, rule)
    steps = {task.step.found.path: task.step for task in seen.tasks}
    assert list(steps) == ["a.mkv", "b.mkv"]
    left_out = steps["a.mkv"]
    assert isinstance(left_out, LeaveOut)
    assert left_out.reason == "its download is not complete: a.mkv.aria2 lies beside it"
    assert left_out.harmless

    (root / "a.mkv.aria2").unlink()
    assert [type(task.step) for task in walked(store, rule).tasks] == [Look]


# Links


def following(root: Path) -> Rule:
    return replace(page_rule(root), follow_symlinks=True)


def test_links_are_not_followed_unless_the_rule_says_so(store: Store, root: Path) -> None:
    make_tree(root, {"a": b"x", "sub/b": b"x", "l": "a", "m": "sub", "out": "/etc"})
    seen = walked(store, page_rule(root))
    assert (seen.paths, seen.problems) == (["a", "sub/b"], [])


def test_followed_links_stand_for_what_they_lead_to_under_their_own_names(store: Store, root: Path) -> None:
    make_tree(root, {"a": b"x", "sub/b": b"x", "l": "sub/b", "m": "sub"})
    seen = walked(store, following(root))
    assert [(task.step.found.path, task.step.found.source) for task in seen.tasks] == [
        ("a", f"{root}/a"),
        ("l", f"{root}/sub/b"),
        ("m/b", f"{root}/sub/b"),
        ("sub/b", f"{root}/sub/b"),
    ]
    assert [task.step.found.id.path for task in seen.tasks] == [
        f"{root}/{path}" for path in ("a", "l", "m/b", "sub/b")
    ]


def test_patterns_are_asked_about_the_link_s_name(store: Store, root: Path) -> None:
    make_tree(root, {"a": b"x", "l.log": "a", "n": "a", "skipped": "sub", "sub/b": b"x"})
    rule = replace(following(root), ignore=Patterns(("*.log", "skipped/")))
    assert walked(store, rule).paths == ["a", "n", "sub/b"]


def test_what_stays_at_home_does_so_behind_a_link_too(store: Store, root: Path) -> None:
    """But `match` is about the link's name alone."""
    secrets = {
        ".netrc": b"x",
        "tls.key": b"x",
        "diary/may.md": b"x",
        ".cache/page.md": b"x",
        ".git/x.md": b"x",
    }
    links = {
        "a.md": ".netrc",
        "b.md": "tls.key",
        "c": "diary",
        "d.md": "diary/may.md",
        "e": ".cache",
        "f.md": "l/x.md",
    }
    make_tree(
        root, {**secrets, **links, "l": ".git", "store/9f.dat": b"x", "g.md": "store/9f.dat", "m": "notes"}
    )
    make_tree(root, {"notes/.x/a.md": b"x", "notes/b.key": b"x", "notes/draft.md": b"x", "notes/x.md": b"x"})
    rule = replace(
        following(root), match=Patterns(("*.md", "*.key")), ignore=Patterns(("diary/", "/notes/draft.md"))
    )
    seen = walked(store, rule)
    assert seen.paths == ["g.md", "m/x.md", "notes/x.md"]
    assert all(harmless for _, _, harmless in seen.problems)
    assert seen.problems[:2] == [
        ("a.md", "the link leads to .netrc, which stays at home: hidden", True),
        ("b.md", "the link leads to tls.key, which stays at home: built in: it looks like a secret", True),
    ]


def test_links_that_lead_nowhere_out_or_back_are_said_but_harmless(store: Store, root: Path) -> None:
    make_tree(root, {"a": b"x", "out": "/etc", "gone": "nothing", "sub/back": ".."})
    seen = walked(store, following(root))
    assert seen.paths == ["a"]
    assert seen.problems == [
        ("gone", "the link leads nowhere: No such file or directory", True),
        ("out", "the link leads out of the folder", True),
        ("sub/back", "the link leads back into itself", True),
    ]


def test_a_folder_whose_link_leads_elsewhere_now_is_looked_at_again(store: Store, root: Path) -> None:
    make_tree(root, {"one": b"1", "two": b"22", "l": "one"})
    rule = following(root)
    push(store, rule)
    (root / "l").unlink()
    make_tree(root, {"l": "two"})
    assert walked(store, rule).paths == ["l"]


def test_a_file_behind_a_link_is_looked_at_again_when_it_changes(store: Store, root: Path) -> None:
    make_tree(root, {"sub/a": b"1", "l": "sub/a", "m": "sub"})
    rule = following(root)
    push(store, rule)
    assert walked(store, rule).paths == []
    make_tree(root, {"sub/a": b"22"})
    assert walked(store, rule).paths == ["l", "m/a", "sub/a"]


def test_folders_that_link_to_each_other_end_the_walk(store: Store, root: Path) -> None:
    make_tree(root, {"one/a": b"x", "two/b": b"x", "one/l": "../two", "two/l": "../one"})
    seen = walked(store, following(root), limit=50)
    assert seen.paths == ["one/a", "one/l/b", "two/b", "two/l/a"]


def test_a_link_back_is_known_when_the_rule_s_folder_is_a_link_itself(store: Store, root: Path) -> None:
    make_tree(root, {"sub/a": b"x", "sub/back": ".."})
    (root.parent / "link").symlink_to("root")
    assert walked(store, following(root.parent / "link"), limit=50).paths == ["sub/a"]


# Folders that do not hold still, and what nobody foresaw


def test_a_way_that_leads_through_a_link_meanwhile_is_not_followed(store: Store, root: Path) -> None:
    """Not the folder itself but one above it is exchanged while its files are dealt with."""
    make_tree(root.parent, {"outside/b/secret": b"x", "outside/c/secret": b"x"})
    make_tree(root, {"sub/a/x": b"x", "sub/b/x": b"x", "sub/c/x": b"x", "z/x": b"x"})
    walk = Walk((page_rule(root),), store, FakeClock(), lambda _: None).tasks()
    next(walk)
    os.rename(root / "sub", root.parent / "away")
    (root / "sub").symlink_to("../outside")
    assert [item.step.found.path for item in walk if isinstance(item, Task)] == ["z/x"]


def test_no_folder_is_open_while_a_file_is_dealt_with(store: Store, root: Path) -> None:
    """That may take hours, and somebody may want to unmount the disk."""
    disk = MemoryDisk()
    disk.make({f"/data/{path}": b"x" for path in ("a", "sub/deep/b", "sub/deep/deeper/c", "sub/d", "z")})
    walk = Walk((page_rule("/data"),), store, FakeClock(), lambda _: None, disk=disk).tasks()
    paths = []
    for item in walk:
        assert isinstance(item, Task)
        paths.append(item.step.found.path)
        assert disk.handles == 0
    assert paths == ["a", "sub/d", "sub/deep/b", "sub/deep/deeper/c", "z"]


def test_a_walk_that_is_given_up_leaves_no_folder_open(store: Store) -> None:
    disk = MemoryDisk()
    disk.make({"/data/sub/a": b"x"})
    walk = Walk((page_rule("/data"),), store, FakeClock(), lambda _: None, disk=disk).tasks()
    next(walk)
    walk.close()  # type: ignore[attr-defined]
    assert disk.handles == 0


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(5, "Input/output error"), "the folder cannot be read: Input/output error"),
        (ValueError("never heard of"), "it cannot be examined: ValueError: never heard of"),
        (RecursionError("too deep"), "it cannot be examined: RecursionError: too deep"),
    ],
)
def test_whatever_a_folder_raises_is_its_own_problem(store: Store, error: Exception, reason: str) -> None:
    disk = MemoryDisk()
    disk.make({"/data/a": b"x", "/data/bad/b": b"x", "/data/c/d": b"x"})
    disk.break_with("/data/bad", error)
    rule = replace(page_rule("/data"), on_delete=OnDelete.REMOVE)
    walk = Walk((rule,), store, FakeClock(), lambda _: None, disk=disk)
    items = list(walk.tasks())
    assert [item.step.found.path for item in items if isinstance(item, Task)] == ["a", "c/d"]
    assert [(p.path, p.reason, p.harmless) for p in items if isinstance(p, Problem)] == [
        ("bad", reason, False)
    ]
    # Not all was seen: nothing may be removed.
    assert walk.walked == {}


@pytest.mark.parametrize(
    ("number", "ended_as"),
    [
        (errno.ESTALE, ActionName.DEFERRED),
        (errno.EMFILE, ActionName.DEFERRED),
        (errno.EAGAIN, ActionName.DEFERRED),
        (errno.EIO, ActionName.FAILED),
        (errno.EACCES, ActionName.FAILED),
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["", "sub"])
def test_a_folder_that_cannot_be_had_just_now_is_put_off(
    store: Store, path: str, number: int, ended_as: ActionName
) -> None:
    disk = MemoryDisk()
    disk.make({"/data/sub/b": b"x"})
    disk.break_with(f"/data/{path}".rstrip("/"), OSError(number, os.strerror(number)))
    items = Walk((page_rule("/data"),), store, FakeClock(), lambda _: None, disk=disk).tasks()
    assert [(p.path, p.ended_as) for p in items if isinstance(p, Problem)] == [(path, ended_as)]


class LinksThatRaise(MemoryDisk):
    """No link can be resolved, and not for a reason that the system knows."""

    def resolve(self, path: str) -> str:
        if path.endswith("/bad"):
            raise ValueError("never heard of")
        return super().resolve(path)


def test_whatever_a_link_raises_is_its_own_problem(store: Store) -> None:
    disk = LinksThatRaise()
    disk.make({"/data/a": b"x", "/data/bad": "a", "/data/good": "a"})
    seen = walked(store, replace(page_rule("/data"), follow_symlinks=True), disk=disk)
    assert seen.paths == ["a", "good"]
    assert seen.problems == [("bad", "it cannot be examined: ValueError: never heard of", False)]


def test_what_ends_the_run_is_no_folder_s_problem(store: Store, root: Path) -> None:
    make_tree(root, {"a/x": b"x", "b/x": b"x"})
    walk = Walk((page_rule(root),), store, FakeClock(), lambda _: None).tasks()
    next(walk)
    store.close()
    with pytest.raises(StoreError):
        list(walk)


def test_a_tree_in_memory_is_walked_like_one_on_a_disk(store: Store, root: Path) -> None:
    tree: dict[str, bytes | str | None] = {
        "a.txt": b"x", "sub/b": b"bb", "sub/deep/c": b"c", "a-b/x": b"x", "l": "sub/b", "m": "sub/deep",
        "out": "/", "gone": "nowhere", "empty": None,
    }  # fmt: skip
    make_tree(root, tree)
    disk = MemoryDisk()
    disk.make({f"{root}/{path}": content for path, content in tree.items()})
    one, other = walked(store, following(root)), walked(store, following(root), disk=disk)
    assert (one.paths, one.problems) == (other.paths, other.problems)
    assert [task.step.found.source for task in one.tasks] == [task.step.found.source for task in other.tasks]
