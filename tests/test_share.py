"""What lies in `share/` is what the command line of today makes; and other systems are told what to do."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from notion_sync.__main__ import elsewhere
from notion_sync.cli.app import COMMANDS
from scripts import share

SHARE = Path(__file__).parent.parent / "share"
MANUAL = SHARE / "man" / "man1" / "notion-sync.1"


def test_it_is_up_to_date() -> None:
    old = [path for path, text in share.files() if (SHARE / path).read_text("utf-8") != text]
    assert not old, "run: make share"


def test_there_is_nothing_else() -> None:
    found = {str(path.relative_to(SHARE)) for path in SHARE.rglob("*") if path.is_file()}
    assert found == {path for path, _ in share.files()}


def test_the_manual_page_has_every_command_and_says_nothing_that_troff_does_not_know() -> None:
    heads = [line for line in MANUAL.read_text("utf-8").splitlines() if line.startswith('.SS "')]
    assert all(any(head.startswith(f'.SS "{name} ') for head in heads) for name in COMMANDS)
    if (groff := shutil.which("groff")) is None:
        pytest.skip("there is no groff")
    done = subprocess.run(
        [groff, "-man", "-Tutf8", "-ww", MANUAL], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_program_prints_the_same_completions(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "notion_sync", "completion", shell], capture_output=True, text=True, check=True
    )
    assert done.stdout.rstrip() == (SHARE / share.COMPLETIONS[shell]).read_text("utf-8").rstrip()


def test_bash_completes_from_the_installed_file(tmp_path: Path) -> None:
    if (bash := shutil.which("bash")) is None:
        pytest.skip("there is no bash")
    ours = tmp_path / "notion-sync"
    ours.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c \'import sys; sys.argv[0] = "notion-sync"; '
                    "from notion_sync.__main__ import main; main()' \"$@\"\n")  # fmt: skip
    ours.chmod(0o755)
    script = f"""
    source {SHARE / share.COMPLETIONS["bash"]}
    COMP_WORDS=(notion-sync hist) COMP_CWORD=1
    _notion_sync_completion notion-sync hist notion-sync
    printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run([bash, "-c", script], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["history"], done.stderr


def test_commands_are_completed_with_their_lines_in_the_help() -> None:
    """Without importing any: somebody waits at each key."""
    asked = {"COMP_WORDS": "notion-sync re", "COMP_CWORD": "1", "_NOTION_SYNC_COMPLETE": "zsh_complete"}
    code = (
        "import sys; sys.argv[0] = 'notion-sync'\n"
        "from notion_sync.__main__ import main\n"
        "try: main()\n"
        "finally: print([each for each in sys.modules if each.startswith('notion_sync.state')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=asked, capture_output=True, text=True, check=False
    )
    *lines, imported = done.stdout.splitlines()
    named = {lines[at + 1]: lines[at + 2] for at in range(0, len(lines), 3)}
    assert named == {name: COMMANDS[name][1] for name in ("report", "resume", "retry")}
    assert imported == "[]"


@pytest.mark.parametrize(
    ("platform", "said"), [("win32", "WSL"), ("darwin", "macOS"), ("freebsd14", "Linux")]
)
def test_another_system_is_told_in_one_line(platform: str, said: str) -> None:
    code = f"import sys; sys.platform = {platform!r}; from notion_sync.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "push"], capture_output=True, text=True, check=False)
    assert done.returncode == 78
    assert (done.stdout, len(done.stderr.splitlines())) == ("", 1)
    assert said in done.stderr
    assert elsewhere("linux") is None
