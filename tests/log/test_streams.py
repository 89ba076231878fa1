"""Standard streams that are closed, full, cut off, non-blocking, or of another encoding; a process for each."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SCRIPT = """
    import os, sys
    from notion_sync.log import streams
    streams.make_usable()
"""


def run(script: str, shell: str = "", **env: str) -> subprocess.CompletedProcess[bytes]:
    """A script after `make_usable`, its streams redirected as a shell does it."""
    code = textwrap.dedent(SCRIPT) + textwrap.dedent(script)
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" -c "$1" {shell}', sys.executable, code],
        capture_output=True, env=os.environ | env, timeout=30, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("shell", ["2>&-", "2>/dev/full", "<&- 2>&-", "2</dev/null"])
def test_messages_that_cannot_be_written_stop_nothing(shell: str) -> None:
    result = run("print('a message', file=sys.stderr, flush=True); print('done')", shell)
    assert (result.returncode, result.stdout) == (0, b"done\n")


@pytest.mark.parametrize("shell", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_nothing_that_is_opened_later_gets_what_is_printed(shell: str, tmp_path: Path) -> None:
    script = f"""
        file = open({str(tmp_path / "store")!r}, "w")
        print("a result", flush=True); print("a message", file=sys.stderr, flush=True)
        sys.stdin.read()
        file.write(str(file.fileno() > 2))
    """
    assert run(script, f"</dev/null {shell}").returncode == 0
    assert (tmp_path / "store").read_text() == "True"


def test_commands_that_are_started_have_the_streams_that_were_closed() -> None:
    result = run("import subprocess; print(subprocess.call(['sh', '-c', 'echo a message >&2']))", "2>&-")
    assert (result.returncode, result.stdout) == (0, b"0\n")


GONE = "reading, writing = os.pipe(); os.close(reading); os.dup2(writing, 1)"
"""Whoever has read stdout hangs up."""


@pytest.mark.parametrize(
    ("shell", "before", "said"),
    [
        (">/dev/full", "", "the output cannot be written: No space left on device"),
        ("", GONE, "the output cannot be written: nobody reads it any more"),
        ("1</dev/null", "", "the output cannot be written: Bad file descriptor"),
    ],
)
def test_results_that_cannot_be_written_are_raised_once(shell: str, before: str, said: str) -> None:
    script = f"""
        from notion_sync.errors import OutputLost
        raised = []
        {before}
        for number in range(3):
            try:
                print("a result", flush=True)
            except OutputLost as lost:
                raised.append(str(lost))
        print(raised, streams.results_are_lost(), file=sys.stderr)
    """
    result = run(script, shell)
    assert result.stderr.decode() == f"{[said]} True\n"


def test_results_that_are_still_on_their_way_at_the_end_are_not_forgotten() -> None:
    result = run("print('a result'); print(streams.results_are_lost(), file=sys.stderr)", ">/dev/full")
    assert (result.returncode, result.stderr) == (0, b"True\n")


def test_results_that_arrived_are_not_lost() -> None:
    result = run("print('a result'); print(streams.results_are_lost(), file=sys.stderr)")
    assert (result.stdout, result.stderr) == (b"a result\n", b"False\n")


@pytest.mark.parametrize("encoding", ["koi8-r", "ascii", "latin-1", "cp437", "utf-8"])
def test_names_that_an_encoding_lacks_are_right_inside_of_json(encoding: str) -> None:
    names = ["Łódź", "mañana", "東京", "😀", "\udcff"]
    result = run(
        f"import json; print(json.dumps({names!r}, ensure_ascii=False)); print({names!r}[0], file=sys.stderr)",
        PYTHONIOENCODING=encoding,
    )
    assert json.loads(result.stdout.decode(encoding)) == names
    assert result.returncode == 0
    assert result.stderr


def test_a_stream_that_is_non_blocking_is_waited_for() -> None:
    """Whoever shares a terminal or pipe may have made it so: ssh and node do."""
    script = """
        os.set_blocking(1, False)
        print("x" * 1_000_000)
    """
    assert run(script).stdout == b"x" * 1_000_000 + b"\n"
