"""What follows from trouble with the question who we are, which a pass asks once for all of its files."""

import pytest

from notion_sync.errors import NotNow
from tests.sync.bench import Bench


@pytest.mark.parametrize("answer", [{"status": 500, "body": ""}, {"status": 502, "body": ""}, {"cut": True}])
def test_no_file_fails_because_notion_cannot_say_who_we_are(bench: Bench, answer: dict[str, object]) -> None:
    bench.write("a.md", b"a")
    bench.write("b.md", b"b")
    bench.faults({"path": "/v1/users/me", "every": 1, "do": answer})
    with pytest.raises(NotNow):
        bench.push()
    assert {outcome.action for outcome in bench.heard.outcomes} == {"deferred"}
