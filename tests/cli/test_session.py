"""What a run leaves in the store about itself."""

from pathlib import Path

import pytest

from notion_sync.cli.session import Credentials, open_session
from notion_sync.errors import NotNow
from notion_sync.state.overview import overview


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (NotNow("offline"), 75, "offline"),
        (ValueError("odd"), 1, "unexpected error: ValueError: odd"),
        (MemoryError(), 75, "out of memory"),
        (PermissionError(13, "Permission denied", "/x"), 1, "/x: Permission denied"),
    ],
)
def test_whatever_ends_a_run_is_recorded_as_its_end(
    tmp_path: Path, error: Exception, code: int, said: str
) -> None:
    credentials = Credentials.of_user({}, asked=None)
    with (
        pytest.raises(type(error)),
        open_session(state=str(tmp_path / "state"), purpose="push", credentials=credentials),
    ):
        raise error

    known = overview(str(tmp_path / "state"))
    assert known is not None
    assert known.last_run is not None
    assert known.last_run.exit_code == code
    assert known.last_run.reason.startswith(said)
