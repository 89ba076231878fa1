"""What is kept of the rate limits of tokens, and what estimates make of it."""

from pathlib import Path

import pytest

from notion_sync.notion.rate.limit import Limit
from notion_sync.state import Store
from notion_sync.state.limits import PREFIX, latest_limit, requests_a_minute


@pytest.mark.parametrize(
    ("limit", "given", "rate"),
    [
        (None, None, 180),
        (None, 60, 60),
        (None, 1000, 180),
        (Limit(600), None, 600),
        (Limit(600), 300, 300),
        (Limit(45, 30.0), None, 90),
        (Limit(1, 120.0), None, 1),
    ],
)
def test_the_rate_to_reckon_with(limit: Limit | None, given: int | None, rate: int) -> None:
    assert requests_a_minute(limit, given) == rate


def test_the_limit_of_the_token_that_was_used_last(tmp_path: Path) -> None:
    with Store(str(tmp_path)) as store:
        assert latest_limit(store) is None
        with store.transaction():
            for at, requests in ((2.0, 600), (1.0, 180)):
                kept = {"limit": {"requests": requests}, "boot_id": "b", "spent": [], "at": at}
                store.remembered.set(f"{PREFIX}{requests}", kept, at)
        assert latest_limit(store) == Limit(600)
        with store.transaction():
            store.remembered.set(f"{PREFIX}new", {"of": "another version", "at": 3.0}, 3.0)
        assert latest_limit(store) is None
