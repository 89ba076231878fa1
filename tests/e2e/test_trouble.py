"""What a user can cause: each ends in words, with the right exit code, and nothing lost."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.e2e.world import LONG_AGO, World, kill, running_sandbox, wait_until


def test_nothing_to_go_by(world: World) -> None:
    """Without a config and without --to, the message says both ways to go on."""
    run = world.run("push")

    assert run.code == 2
    assert "--to PAGE" in run.stderr
    assert "configuration" in run.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["push", "/no/such/folder", "--to", "PAGE"], 2, "no such file or folder"),
        (["push", "FOLDER", "--to", "not an id"], 2, "--to"),
        (["push", "FOLDER", "--to", "ntn_0123456789"], 2, "token"),
        (["push", "--to", "PAGE"], 2, "name a folder"),
        (["push", "FOLDER", "--frobnicate"], 2, "No such option"),
        (["frobnicate"], 2, "No such command"),
        (["--config", "/no/such.yaml", "push"], 78, "/no/such.yaml"),
        (["check"], 2, "no configuration"),
    ],
)
def test_wrong_usage(world: World, arguments: list[str], code: int, said: str) -> None:
    """A wrong command line says what is wrong with it."""
    words = {"FOLDER": str(world.folder), "PAGE": world.sandbox.page_id}

    run = world.run(*[words.get(word, word) for word in arguments])

    assert run.code == code, run.stderr
    assert said in run.stderr
    assert "ntn_" not in run.stderr


@pytest.mark.parametrize("command", ["push", "adopt", "uploads"])
@pytest.mark.parametrize(
    ("variable", "value", "code", "said"),
    [
        ("NOTION_TOKEN", "ntn_\udcff", 77, "characters that no token has"),
        ("NOTION_BASE_URL", "http://127.0.0.1:9/\udcff", 2, "is not an address such as"),
        ("NOTION_BASE_URL", "http://127.0.0.1\udcff:9", 2, "is not an address such as"),
    ],
    ids=ascii,
)
def test_bytes_in_the_environment_that_are_no_text(
    world: World, command: str, variable: str, value: str, code: int, said: str
) -> None:
    """They are refused like any other value that cannot be one, where it is needed."""
    world.write({"a.txt": b"one"})
    world.environ[variable] = value
    where = [str(world.folder), "--to", world.sandbox.page_id]

    run = world.run(command, *(where if command != "uploads" else ()))

    assert (run.code, "internal error" in run.stdout + run.stderr) == (code, False)
    assert said in run.stderr
    assert world.run("push", "--dry-run", *where).code == 0


def test_wrong_token(world: World) -> None:
    """A refused token ends the run with 77; no byte was sent."""
    world.write({"a.txt": b"one"})
    world.environ["NOTION_TOKEN"] = "ntn_wrong"

    run = world.push()

    assert run.code == 77
    assert "Notion refuses the token" in run.stderr
    assert run.counts() == {"deferred": 1}
    assert world.sandbox.state()["uploads"] == []


@pytest.mark.parametrize("command", ["push", "adopt"])
def test_no_token(world: World, command: str) -> None:
    """The message says where to get one, before the first file is read."""
    world.write({"a.txt": b"one"})
    del world.environ["NOTION_TOKEN"]

    run = world.run(command, str(world.folder), "--to", world.sandbox.page_id, "--json")

    assert run.code == 77
    assert "NOTION_TOKEN" in run.stderr
    assert [line["event"] for line in run.lines] == ["summary"]


def test_what_needs_nothing_from_notion_needs_no_token(world: World) -> None:
    """Nor does a file that has to be read to know so."""
    world.write({"a.txt": b"one", "notes.txt": b"-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIA==\n"})
    assert world.push().counts() == {"attached": 1, "skipped": 1}
    del world.environ["NOTION_TOKEN"]

    world.write({"a.txt": b"one", "empty.txt": b""}, mtime=LONG_AGO + 1)

    run = world.push()
    assert (run.code, run.counts()) == (0, {"unchanged": 1, "skipped": 2})
    assert run.summary["requests"] == 0


def test_a_missing_token_is_said_while_notion_cannot_be_reached(world: World) -> None:
    world.environ["NOTION_BASE_URL"] = "http://127.0.0.1:9"
    del world.environ["NOTION_TOKEN"]

    run = world.run("doctor")

    assert run.code == 77
    assert "no Notion token" in run.stdout


def test_page_that_is_not_shared(world: World) -> None:
    """The message says how to share it, before a byte is sent; sharing it is all that is needed."""
    world.write({"a.txt": b"one"})

    run = world.run("push", str(world.folder), "--to", "12345678-1234-4234-8234-123456789abc", "--json")

    assert run.code == 1
    (line,) = run.files
    assert line["action"] == "failed"
    assert "Connections" in line["reason"]
    assert world.sandbox.state()["uploads"] == []


def test_file_above_the_workspaces_limit(world: World, tmp_path: Path) -> None:
    """The limit is named before a byte is sent; the others go."""
    world.write({"a.txt": b"one", "big.pdf": bytes(6 * 2**20)})
    with running_sandbox(tmp_path / "free", "--plan", "free", "--rate", "off") as free:
        world.environ |= {"NOTION_TOKEN": free.token, "NOTION_BASE_URL": free.api_url}
        run = world.run("push", str(world.folder), "--to", free.page_id, "--json")
        uploads = free.state()["uploads"]

    assert run.code == 1
    assert run.counts() == {"attached": 1, "failed": 1}
    (line,) = [line for line in run.files if line["action"] == "failed"]
    assert "5.0 MiB" in line["reason"]
    assert [upload["filename"] for upload in uploads] == ["a.txt"]


def test_missing_folder_of_a_rule(world: World) -> None:
    """It is reported, the other rules are done, and the exit code is 1."""
    world.write({"a.txt": b"one"})
    page = world.sandbox.page_id
    config = f"""
rules:
  - {{name: gone, folder: /no/such/folder, to: {{page: {page}}}}}
  - {{name: here, folder: {world.folder}, to: {{page: {page}}}}}
"""

    run = world.run("push", "--json", config=config)

    assert run.code == 1
    assert run.counts() == {"attached": 1, "failed": 1}
    (line,) = [line for line in run.files if line["action"] == "failed"]
    assert "/no/such/folder" in line["reason"]


@pytest.mark.skipif(shutil.which("setpriv") is None or os.geteuid() != 0, reason="needs root and setpriv")
def test_unreadable_file(world: World) -> None:
    """A file that the system refuses to open is reported; the others go."""
    world.write({"a.txt": b"one", "closed.txt": b"two"})
    (world.folder / "closed.txt").chmod(0)
    for path in (world.home, *world.home.rglob("*")):
        os.chown(path, 65534, 65534)
    for parent in [p for p in world.home.parents if p.stat().st_uid == os.geteuid() and p != Path("/")]:
        parent.chmod(parent.stat().st_mode | 0o011)
    command = world.command("push", str(world.folder), "--to", world.sandbox.page_id, "--json")
    nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    if subprocess.run([*nobody, sys.executable, "-c", ""], check=False, capture_output=True).returncode:
        pytest.skip("this Python cannot be run by another user")

    done = subprocess.run([*nobody, *command], env=world.environ, capture_output=True, text=True, check=False)

    assert done.returncode == 1, done.stderr
    assert '"action": "failed", "reason": "cannot be read: Permission denied' in done.stdout
    assert '"attached": 1' in done.stdout


def test_two_pushes_at_once(world: World) -> None:
    """The second is told who runs, and exits with 75."""
    world.write({"a.txt": b"one"})
    world.sandbox.faults([{"path": "^/v1/users/me", "nth": 1, "when": "before", "do": {"delay": 600}}])
    first = world.start()
    wait_until(
        lambda: (world.state / "lock").exists() and (world.state / "lock").read_text() != "", "the lock"
    )

    run = world.push()

    assert run.code == 75
    assert f"pid {first.pid}" in run.stderr
    kill(first)
    world.sandbox.faults([])
    assert world.push().code == 0


def test_store_of_a_newer_version(world: World) -> None:
    """It is refused and left as it is."""
    world.write({"a.txt": b"one"})
    world.push()
    database = sqlite3.connect(world.state / "state.db")
    database.execute("PRAGMA user_version=99")
    database.close()

    run = world.push()

    assert run.code == 78
    assert "newer" in run.stderr
    assert len(world.sandbox.blocks()) == 1


def test_damaged_store(world: World) -> None:
    """It is refused and left as it is: beginning anew would upload everything again."""
    world.write({"a.txt": b"one"})
    world.push()
    for name in ("state.db-wal", "state.db-shm"):
        (world.state / name).unlink(missing_ok=True)
    damaged = b"SQLite format 3\0" + b"\xff" * 5000
    (world.state / "state.db").write_bytes(damaged)

    run = world.push()

    assert run.code == 78
    assert "damaged" in run.stderr
    assert (world.state / "state.db").read_bytes() == damaged


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small disk")
def test_full_disk_under_the_store(world: World) -> None:
    """No room for the record: the run ends in words, and with room again nothing is there twice."""
    world.write({f"{n:02}.txt": os.urandom(50) for n in range(40)})
    world.state.mkdir()
    script = (
        f"mount -t tmpfs -o size=256k tmpfs {world.state} && head -c 90k /dev/zero > {world.state}/ballast && "
        '"$@"; echo "exit $?"; rm -f ' + f"{world.state}/ballast; mount -o remount,size=20m {world.state};"
        '"$@"; echo "exit $?"'
    )
    command = world.command("push", str(world.folder), "--to", world.sandbox.page_id)
    shell = ["unshare", "-m", "sh", "-c", script, "sh", *command]

    done = subprocess.run(shell, env=world.environ, capture_output=True, text=True, timeout=110, check=False)

    assert "Traceback" not in done.stderr, done.stderr
    first, second = [line for line in done.stdout.splitlines() if line.startswith("exit")]
    assert first == "exit 75", done.stderr
    assert "no space left" in done.stderr
    assert second == "exit 0", done.stderr
    world.assert_mirrors()


def test_notion_cannot_be_reached(world: World) -> None:
    """No network is no failure of files: 75, try again."""
    world.write({"a.txt": b"one"})
    world.environ["NOTION_BASE_URL"] = "http://127.0.0.1:9"

    run = world.push()

    assert run.code == 75
    assert run.counts() == {"deferred": 1}


def test_interrupted_by_ctrl_c(world: World) -> None:
    """SIGINT ends the run in order: 130, and the next run completes it."""
    world.write({"a.txt": b"one", "b.txt": b"two"})
    world.sandbox.faults([{"path": "/send$", "nth": 1, "when": "before", "do": {"delay": 2}}])
    process = world.start()
    wait_until(lambda: any(r["path"].endswith("file_uploads") for r in world.sandbox.requests()), "an upload")
    process.send_signal(2)
    out, errors = process.communicate(timeout=60)

    assert process.returncode == 130, errors
    assert '"event": "summary"' in out
    assert "Traceback" not in errors
    world.sandbox.faults([])
    assert world.push().code == 0
    world.assert_mirrors()


def test_asked_twice_to_end_it_leaves_open_what_has_no_answer(world: World) -> None:
    """The append was performed, and its answer does not come: the next run finds it, and appends nothing twice."""
    world.write({"a.txt": b"one"})
    unanswered = {"method": "PATCH", "path": "/children$", "nth": 1, "when": "after", "do": {"delay": 1000.0}}
    world.sandbox.faults([unanswered])
    process = world.start()
    wait_until(lambda: bool(world.sandbox.blocks()), "an append")
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGHUP)
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    world.sandbox.faults([])
    assert world.push().code == 0
    world.assert_mirrors()


def test_token_is_nowhere_to_be_seen(world: World) -> None:
    """Not in output, not in the store, not in the command line of a helper."""
    world.write({"a.txt": b"one"})

    run = world.run("-v", "push", str(world.folder), "--to", world.sandbox.page_id)

    token = world.environ["NOTION_TOKEN"]
    assert token not in run.stdout + run.stderr
    assert all(token.encode() not in path.read_bytes() for path in world.state.iterdir())


def test_plain_http_only_to_this_machine(world: World) -> None:
    """A token is not sent in the clear."""
    world.write({"a.txt": b"one"})
    world.environ["NOTION_BASE_URL"] = "http://192.0.2.1"

    run = world.push()

    assert run.code == 2
    assert "http" in run.stderr


def test_commands_have_help() -> None:
    """`--help` and `--version` of everything, also as `python -m`."""
    from notion_sync.cli.app import COMMANDS

    for words in (["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)):
        done = subprocess.run(
            [sys.executable, "-m", "notion_sync", *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout


def test_help_imports_nothing_heavy() -> None:
    """What a command does not need it does not import."""
    code = (
        "import sys; sys.argv = ['notion-sync', '--help']\n"
        "from notion_sync.__main__ import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([m for m in ('httpx', 'rich', 'watchdog', 'aiohttp', 'sqlite3', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


NEEDED_TO_DO_SOMETHING = (
    "httpx", "rich", "watchdog", "aiohttp", "asyncio", "socket", "notion_sync.notion.requests", "notion_sync.writes",
    "notion_sync.state.journal", "notion_sync.state.history", "notion_sync.progress", "notion_sync.notion.rate.limit",
)  # fmt: skip


def test_unchanged_tree_imports_nothing_that_does_something(world: World) -> None:
    """A push that finds nothing to do imports neither the client nor the journal, and counts no progress."""
    world.write({"a.txt": b"one"})
    world.push()
    code = (
        f"import sys; sys.argv = {world.command('push', str(world.folder), '--to', world.sandbox.page_id)[2:]!r}\n"
        "from notion_sync.__main__ import main\n"
        "try: main()\nexcept SystemExit as end: assert end.code == 0, end.code\n"
        f"print([m for m in {NEEDED_TO_DO_SOMETHING} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=world.environ, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_sandbox_of_ones_own_is_kept(world: World) -> None:
    """`push --sandbox` needs no token; what was pushed is there the next time."""
    world.write({"a.txt": b"one"})
    del world.environ["NOTION_TOKEN"], world.environ["NOTION_BASE_URL"]
    world.environ["XDG_DATA_HOME"] = str(world.home / "data")
    bare = [sys.executable, "-m", "notion_sync"]

    def push() -> str:
        done = subprocess.run(
            [*bare, "push", str(world.folder), "--sandbox"],
            env=world.environ, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stderr

    assert "1 attached" in push()
    assert "1 unchanged; 0 requests" in push()
    with running_sandbox(world.home / "data" / "notion-sync" / "sandbox") as sandbox:
        page = httpx.get(sandbox.browse_url, timeout=30)
        assert page.status_code == 200
        assert "1 unchanged" in push()
        (block,) = sandbox.blocks()
        link = subprocess.run(
            [*bare, "link", str(world.folder / "a.txt"), "--sandbox"],
            env=world.environ, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert link.stdout.strip() == f"{sandbox.browse_url}#/{sandbox.page_id}/{block['id']}"
