"""What a pass leaves behind, whatever ended it."""

import shutil
from pathlib import Path

import pytest

from notion_sync.scan.steps import NullObserver
from notion_sync.state import Store
from notion_sync.state.database import FILE_NAME
from notion_sync.sync.import_policy import USUAL
from notion_sync.sync.run import PassScope, run_pass
from tests.sync.bench import Bench


@pytest.mark.parametrize("cut", [False, True], ids=["done", "cut off"])
def test_the_stores_file_alone_holds_the_record(bench: Bench, state: Path, tmp_path: Path, cut: bool) -> None:
    """For copies that leave out its log."""
    bench.write("a.txt")
    if cut:
        bench.faults({"method": "POST", "path": "/send$", "do": {"cut": True}})
    work = run_pass(
        [bench.rule], ports=bench.ports, report=bench.heard, scope=PassScope(), observer=NullObserver(), policy=USUAL
    )  # fmt: skip
    if cut:
        with pytest.raises(Exception, match="cut"):
            bench.run(work)
    else:
        bench.run(work)
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(state / FILE_NAME, copy)
    with Store(str(copy), read_only=True) as store:
        assert store.files.get(bench.file_path("a.txt")) is not None
