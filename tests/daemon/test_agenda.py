"""What must be looked at when, in bounded memory."""

from notion_sync.daemon.agenda import FILES, FILES_OF_ONE_FOLDER, FOLDERS, LONGEST_WAIT, TREES, Agenda, Due


def _agenda() -> Agenda:
    return Agenda(lambda _path: "/root")


def test_a_file_is_looked_at_when_it_was_left_alone() -> None:
    agenda = _agenda()
    for now in (0.0, 1.0, 2.0):
        agenda.written("/root/a", settle=5.0, now=now)
    assert agenda.next() == 7.0
    assert not agenda.take(6.9)
    assert agenda.take(7.0) == Due(files=frozenset(["/root/a"]))
    assert agenda.next() == float("inf")


def test_a_file_that_is_written_to_all_the_time_is_looked_at_all_the_same() -> None:
    agenda = _agenda()
    for now in range(100):
        agenda.written("/root/a", settle=5.0, now=float(now))
    assert agenda.next() == LONGEST_WAIT


def test_an_event_brings_a_later_look_forward_and_does_not_put_it_off() -> None:
    agenda = _agenda()
    agenda.look("/root/a", 60.0)
    assert agenda.written("/root/a", settle=5.0, now=10.0)
    assert agenda.next() == 15.0
    agenda.written("/root/a", settle=5.0, now=58.0)
    assert agenda.next() == 60.0


def test_whoever_waits_is_woken_only_by_what_comes_earlier() -> None:
    agenda = _agenda()
    assert agenda.written("/root/a", settle=5.0, now=0.0)
    assert agenda.next() == 5.0
    assert not agenda.written("/root/b", settle=5.0, now=1.0)
    assert agenda.changed("/root/c", settle=1.0, now=1.0)
    assert not agenda.written("/root/d", settle=2.0, now=1.0)


def test_too_many_files_become_their_folder() -> None:
    agenda = _agenda()
    for number in range(10_000):
        agenda.written(f"/root/sub/{number}", settle=5.0, now=number / 1000)
    due = agenda.take(100.0)
    assert len(due.files) == FILES_OF_ONE_FOLDER
    assert due.folders == {"/root/sub"}
    # The books are kept: there is room again.
    agenda.written("/root/sub/a", settle=5.0, now=200.0)
    assert agenda.take(300.0) == Due(files=frozenset(["/root/sub/a"]))


def test_too_many_folders_become_the_root() -> None:
    agenda = _agenda()
    for number in range(10_000):
        agenda.written(f"/root/{number}/a", settle=5.0, now=0.0)
    due = agenda.take(100.0)
    assert (len(due.files), len(due.folders), due.trees) == (FILES, FOLDERS, frozenset(["/root"]))


def test_too_many_trees_become_the_root() -> None:
    agenda = _agenda()
    for number in range(10_000):
        agenda.changed(f"/root/{number}", settle=5.0, now=0.0)
    due = agenda.take(100.0)
    assert len(due.trees) == TREES + 1
    assert "/root" in due.trees


def test_what_could_not_be_looked_at_is_taken_back() -> None:
    agenda = _agenda()
    due = Due(frozenset(["/root/a"]), frozenset(["/root/f"]), frozenset(["/root/t"]))
    agenda.look_again(due, 10.0)
    assert agenda.waiting(9.9) == 0
    assert agenda.waiting(10.0) == 3
    assert agenda.take(10.0) == due
