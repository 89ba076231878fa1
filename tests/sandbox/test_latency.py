"""Answer times: none by default, a file's, or measured ones that shrink with the rate's window."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from notion_sync.sandbox.latency import latency_of
from tests.sandbox.support import Sandbox


def test_none_is_none() -> None:
    assert latency_of("none", (180, 60.0)).draw("blocks.children.append", Random(1)) == 0


def test_real_ones_are_spread_around_their_median() -> None:
    source = Random(1)
    drawn = sorted(latency_of("real", None).draw("file_uploads.create", source) for _ in range(400))
    assert drawn[0] > 0
    assert 0.9 < drawn[200] < 1.9
    assert drawn[-1] <= 10.3


@pytest.mark.parametrize(("window", "scale"), [(60.0, 1.0), (6.0, 0.1), (0.6, 0.01)])
def test_real_ones_shrink_with_the_window(window: float, scale: float) -> None:
    assert latency_of("real", (180, window)).scale == pytest.approx(scale)


def test_a_file_says_how_long_each_endpoint_takes(start: Callable[..., Sandbox], tmp_path: Path) -> None:
    path = tmp_path / "latency.json"
    path.write_text(json.dumps({"users.me": 0.2, "*": [0.0, 0.0]}))
    notion = start("--latency", str(path))
    notion.call("GET", "/v1/users/me")
    notion.call("POST", "/v1/search", {})
    slow, fast = (entry["duration"] for entry in notion.control("requests"))
    assert slow >= 0.2 > fast
