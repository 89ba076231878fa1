"""The benchmarks run, with sizes that tell nothing of speed."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_quick_form_measures_and_writes_down(tmp_path: Path) -> None:
    results = tmp_path / "RESULTS.md"
    measured = ["startup", "unchanged", "first_push", "memory", "curves"]
    command = [
        sys.executable,
        str(ROOT / "benchmarks" / "run.py"),
        "--quick",
        "--results",
        str(results),
        *measured,
    ]
    subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

    text = results.read_text()
    assert re.findall("^#+ (.*)", text, re.MULTILINE) == [
        "Measured",
        "Start",
        "Unchanged tree of 100 files",
        "Unchanged tree of 300 files",
        "20 small files into the sandbox for the first time",
        "Memory of a first push of files of 1,000 contents",
        "First pushes of small files, in simulated time",
    ]
    rows = [line for line in text.splitlines() if line.startswith("| notion-sync push |")]
    assert len(rows) == 3
    for limit in ("180", "600"):
        row = re.search(
            rf"^\| {limit} a minute \| 100 \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|", text, re.MULTILINE
        )
        assert row is not None
        ours, alone, naive = (int(each.replace(",", "")) for each in row.groups())
        assert alone <= ours < naive / 5  # simulated: no machine is slower than another
