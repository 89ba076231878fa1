"""What a release consists of: the same bytes whoever builds it, and a list of what it brings along."""

import shutil
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from scripts import release


@pytest.mark.skipif(
    shutil.which("git") is None or not (release.REPOSITORY / ".git").exists(),
    reason="a release is built from git",
)
def test_two_builds_of_one_commit_are_equal(tmp_path: Path) -> None:
    """In other folders, with another umask, time zone and locale; and nothing that is not in the commit is in them."""
    first, second = release.build_twice(tmp_path)
    assert first == second
    assert sorted(name.rpartition(".")[2] for name in first) == ["gz", "whl"]
    for name, content in first.items():
        if name.endswith(".whl"):
            modes = {
                entry.external_attr >> 16 & 0o777 for entry in zipfile.ZipFile(BytesIO(content)).infolist()
            }
        else:
            with tarfile.open(fileobj=BytesIO(content)) as tar:
                modes = {member.mode for member in tar if member.isfile()}
        assert modes <= {0o644, 0o755}


def _component(name: str) -> dict[str, Any]:
    return {"bom-ref": f"{name}==1", "name": name, "version": "1", "type": "library"}


def test_the_list_holds_what_is_needed_at_run_time() -> None:
    """Not what packages are built with; and what it is about stands apart, with its checksum."""
    inventory = {
        "bomFormat": "CycloneDX",
        "metadata": {"tools": {}},
        "components": [
            _component(name) for name in ("h11", "hatchling", release.NAME, "httpcore", "pip", "httpx")
        ],
        "dependencies": [
            {"ref": f"{release.NAME}==1", "dependsOn": ["httpx==1"]},
            {"ref": "httpx==1", "dependsOn": ["httpcore==1"]},
            {"ref": "httpcore==1", "dependsOn": ["h11==1"]},
            {"ref": "h11==1"},
            {"ref": "hatchling==1", "dependsOn": ["pip==1"]},
            {"ref": "pip==1"},
        ],
    }
    bom = release.shipped(inventory, "ab" * 32)
    assert [each["name"] for each in bom["components"]] == ["h11", "httpcore", "httpx"]
    assert [each["ref"] for each in bom["dependencies"]] == [
        f"{release.NAME}==1", "httpx==1", "httpcore==1", "h11==1",
    ]  # fmt: skip
    assert bom["metadata"]["component"]["name"] == release.NAME
    assert bom["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert bom["metadata"]["tools"] == {}
