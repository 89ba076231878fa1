"""What a program prints in place of a token, for how long it is waited for, and that none of it is shown."""

import pytest

from notion_sync.cli.token_command import token_of_command
from notion_sync.errors import NotionSyncError
from notion_sync.system.sockets import OpenSockets

SECRET = "ntn_4711ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"


@pytest.mark.parametrize(
    ("command", "token"),
    [
        ("printf x1", "x1"),
        ("sh -c 'echo; echo x1; echo nothing is wrong >&2'", "x1"),
        ("sh -c 'sleep 1000 & echo x1'", "x1"),
        ("sh -c 'exec 2>&-; echo x1'", "x1"),
    ],
)
def test_the_token_is_what_is_printed(command: str, token: str) -> None:
    assert token_of_command(command) == token


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("yes nothing", "prints more than 16 KiB"),
        ("sh -c 'yes nothing >&2'", "prints more than 16 KiB"),
        ("cat /dev/zero", "prints more than 16 KiB"),
        ("sleep 1000", "had not ended after 0.5 seconds"),
        ("sh -c 'exec >&- 2>&-; sleep 1000'", "had not ended after 0.5 seconds"),
        ("/no/such/program x", "No such file"),
        ("", "not a command"),
        ("'", "not a command"),
        ("true", "it said nothing"),
        ("sh -c 'echo is the vault open? >&2; exit 4'", "(exit code 4): is the vault open?"),
    ],
)
def test_a_command_without_a_token_is_said_in_words(command: str, said: str) -> None:
    with pytest.raises(NotionSyncError) as caught:
        token_of_command(command, 0.5)
    assert said in str(caught.value)


def test_it_is_let_go_of_when_the_program_ends() -> None:
    ending = OpenSockets()
    ending.shut()
    with pytest.raises(NotionSyncError, match="ending"):
        token_of_command("sleep 1000", ending=ending)


@pytest.mark.parametrize(
    "command",
    [
        f"sh -c 'echo token={SECRET} is locked >&2; exit 4'",
        f"sh -c 'echo {SECRET}; exit 4'",
        f"sh -c 'echo {SECRET}; echo not {SECRET} >&2; exit 4'",
        f"no-such-program {SECRET}",
        f"false {SECRET}",
        "sh -c 'echo locked: s.Gh7aQx0ZkV2mPq9LrT4w >&2; exit 1'",
        "sh -c 'echo 4f1d0c8a9b7e6d5c4b3a2918 >&2; exit 1'",
        "sh -c 'echo password: hunter2hunter2hunter2 >&2; exit 1'",
    ],
)
def test_no_secret_is_in_what_is_said(command: str) -> None:
    with pytest.raises(NotionSyncError) as caught:
        token_of_command(command)
    for secret in (SECRET, "Gh7aQx0ZkV2mPq9LrT4w", "4f1d0c8a9b7e6d5c4b3a2918", "hunter2"):
        assert secret not in str(caught.value)


def test_what_it_says_does_nothing_to_a_terminal() -> None:
    with pytest.raises(NotionSyncError) as caught:
        token_of_command(r"""sh -c 'printf "\033[8mone\ntwo" >&2; exit 1'""")
    assert "\\x1b[8mone" in str(caught.value)
    assert "two" not in str(caught.value)
