"""`login` and `logout`: a token is checked and kept where only its owner can read it."""

import os
import pty
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.world import Run, World, wait_until


@pytest.fixture
def world(world: World) -> World:
    """Nobody is logged in."""
    del world.environ["NOTION_TOKEN"]
    return world


def file_of(world: World) -> Path:
    return world.home / ".config" / "notion-sync" / "credentials.toml"


def kept(world: World) -> dict[str, Any]:
    return tomllib.loads(file_of(world).read_text())


def login(world: World, token: str, *options: str) -> Run:
    done = subprocess.run(
        world.command(*options, "login"),
        input=token,
        env=world.environ,
        cwd=world.home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return Run(done.returncode, done.stdout, done.stderr)


def test_a_token_from_the_standard_input(world: World) -> None:
    run = login(world, f"{world.sandbox.token}\n")

    assert (run.code, run.stdout) == (0, "")
    assert "logged in to Sandbox" in run.stderr
    assert world.sandbox.token not in run.stderr
    assert kept(world) == {"default": {"token": world.sandbox.token}}
    assert file_of(world).stat().st_mode & 0o777 == 0o600
    assert file_of(world).parent.stat().st_mode & 0o777 == 0o700
    world.write({"a.txt": b"one"})
    assert world.push().counts() == {"attached": 1}


def test_a_token_typed_on_a_terminal_is_not_shown(world: World) -> None:
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        world.command("login"), stdin=end, stdout=end, stderr=end, env=world.environ, start_new_session=True,
    )  # fmt: skip
    os.close(end)
    shown = b""
    while b"token for profile default" not in shown:
        shown += os.read(terminal, 1000)
    os.write(terminal, f"{world.sandbox.token}\n".encode())
    wait_until(lambda: process.poll() is not None, "login ends")
    while True:
        try:
            shown += os.read(terminal, 1000) or b""
        except OSError:
            break
    os.close(terminal)

    assert process.returncode == 0
    assert world.sandbox.token.encode() not in shown
    assert kept(world)["default"]["token"] == world.sandbox.token


def test_refused_token_is_not_kept(world: World) -> None:
    login(world, world.sandbox.token)
    before = file_of(world).read_bytes()

    run = login(world, "ntn_wrong\n")

    assert run.code == 77
    assert "ntn_wrong" not in run.stderr
    assert file_of(world).read_bytes() == before


@pytest.mark.parametrize(("token", "code"), [("", 2), ("\n", 2), ("with space\n", 77), ("ü\n", 77)])
def test_what_is_no_token(world: World, token: str, code: int) -> None:
    run = login(world, token)
    assert run.code == code
    assert not file_of(world).exists()


def test_profiles_do_not_touch_each_other(world: World) -> None:
    file_of(world).parent.mkdir(parents=True)
    file_of(world).write_text('[family]\ntoken_file = "/nowhere"\n')
    file_of(world).chmod(0o600)

    assert login(world, world.sandbox.token, "--profile", "work").code == 0

    assert kept(world) == {"family": {"token_file": "/nowhere"}, "work": {"token": world.sandbox.token}}
    assert world.run("uploads").code == 77
    assert world.run("--profile", "work", "uploads").code == 0
    assert world.run("--profile", "work", "logout").code == 0
    assert kept(world) == {"family": {"token_file": "/nowhere"}}


def test_profile_of_the_configuration_is_meant(world: World) -> None:
    rule = f"{{name: r, folder: '{world.folder}', to: {{page: {world.sandbox.page_id}}}}}"
    config = f"version: 1\nprofile: home\nrules:\n  - {rule}\n"
    world.command(config=config)
    login(world, world.sandbox.token, "--config", str(world.home / "config.yaml"))
    assert list(kept(world)) == ["home"]
    world.write({"a.txt": b"one"})
    assert world.run("push", config=config).code == 0


def test_logging_in_again_replaces_a_token_command_and_says_so(world: World) -> None:
    file_of(world).parent.mkdir(parents=True)
    file_of(world).write_text('[default]\ntoken_command = "false"\n')
    file_of(world).chmod(0o600)

    run = login(world, world.sandbox.token)

    assert "token_command" in run.stderr
    assert kept(world) == {"default": {"token": world.sandbox.token}}


def test_a_link_to_the_file_stays_one(world: World) -> None:
    """As dotfile managers make them."""
    real = world.home / "dotfiles.toml"
    real.write_text("")
    real.chmod(0o600)
    file_of(world).parent.mkdir(parents=True)
    file_of(world).symlink_to(real)

    login(world, world.sandbox.token)

    assert file_of(world).is_symlink()
    assert world.sandbox.token in real.read_text()


def test_file_that_others_can_read_is_refused(world: World) -> None:
    file_of(world).parent.mkdir(parents=True)
    file_of(world).write_text("")
    file_of(world).chmod(0o644)

    run = login(world, world.sandbox.token)

    assert run.code == 78
    assert "chmod 600" in run.stderr


def test_a_token_file_that_others_can_read_is_warned_of(world: World) -> None:
    """Once; what hands out tokens in containers makes such files."""
    token = world.home / "token"
    token.write_text(world.sandbox.token)
    keep(world, f'[default]\ntoken_file = "{token}"\n')
    world.environ["NOTION_TOKEN"] = ""
    world.write({"a.txt": b"one"})
    for mode, times in ((0o644, 1), (0o600, 0)):
        token.chmod(mode)
        run = world.push()
        assert run.code == 0
        assert (
            run.stderr.count(f"{token}: others can read or change this token; run: chmod 600 {token}")
            == times
        )


def test_environment_goes_before_and_login_says_so(world: World) -> None:
    world.environ["NOTION_TOKEN"] = "ntn_another"
    run = login(world, world.sandbox.token)
    assert run.code == 0
    assert "NOTION_TOKEN is set" in run.stderr


def keep(world: World, text: str) -> None:
    """Write credentials.toml by hand."""
    file_of(world).parent.mkdir(parents=True)
    file_of(world).write_text(text)
    file_of(world).chmod(0o600)


def test_logout_of_a_profile_that_is_not_there(world: World) -> None:
    assert world.run("logout").code == 2
    keep(world, '[office]\ntoken = "ntn_a"\n')

    run = world.run("--profile", "ofice", "logout")

    assert run.code == 2
    assert "no profile ofice" in run.stderr
    assert "are: office" in run.stderr
    assert list(kept(world)) == ["office"]


@pytest.mark.parametrize("command", [["push"], ["push", "--dry-run"], ["explain"]])
def test_profile_on_the_command_line_goes_before_the_environment(world: World, command: list[str]) -> None:
    keep(world, '[work]\ntoken = "ntn_ofwork"\n')
    world.environ["NOTION_TOKEN"] = world.sandbox.token
    world.write({"a.txt": b"one"})
    what = [*command, str(world.folder / "a.txt"), "--to", world.sandbox.page_id]

    unknown = world.run("--profile", "wrk", *what)
    assert unknown.code == 77
    assert "no profile wrk" in unknown.stderr
    assert "are: work" in unknown.stderr
    assert world.run("--profile", "work", *what).code == (77 if command == ["push"] else 0)
    assert world.sandbox.blocks() == []


def test_what_is_kept_for_a_profile_may_still_be_in_quotes(world: World) -> None:
    keep(world, f"[work]\ntoken = 'Bearer {world.sandbox.token}'\n")
    world.environ["NOTION_TOKEN"] = "ntn_another"
    assert world.run("--profile", "work", "uploads").code == 0


def test_list(world: World) -> None:
    assert "notion-sync login makes one" in world.run("login", "--list").stderr
    keep(world, '[default]\ntoken = "ntn_secret"\n\n[work]\ntoken_command = "pass show w"\n\n[x]\n')

    assert (
        world.run("login", "--list").stdout
        == "* default  token\n  work  token_command pass show w\n  x  no token\n"
    )
    assert "* work" in world.run("--profile", "work", "login", "--list").stdout
