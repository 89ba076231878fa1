"""What the commands that ask the record share: a path that is gone, or out of sight."""

import errno
import os

import pytest

from notion_sync.cli.places import why_unseen


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOENT, ""), (errno.ENOTDIR, ""), (errno.EACCES, "Permission denied"),
        (errno.ENOTCONN, "Transport endpoint is not connected"), (errno.EIO, "Input/output error"),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_at_is_not_gone(number: int, said: str) -> None:
    assert why_unseen(OSError(number, os.strerror(number))) == said
