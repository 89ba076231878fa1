"""What runs on the repository's host: pinned to commits, with no more rights than it needs."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

WORKFLOWS = sorted((Path(__file__).resolve().parents[1] / ".github" / "workflows").glob("*.yml"))

RIGHTS = {
    ("checks", "checks"): {"contents": "read"},
    ("checks", "soak"): {"contents": "read"},
    ("release", "build"): {"contents": "read"},
    ("release", "attest"): {"id-token": "write", "attestations": "write"},
    ("release", "pypi"): {"id-token": "write"},
    ("release", "page"): {"contents": "write"},
}


def _jobs() -> list[Any]:
    jobs = []
    for path in WORKFLOWS:
        workflow = yaml.safe_load(path.read_text())
        jobs += [
            pytest.param(path.stem, name, job, id=f"{path.stem}-{name}")
            for name, job in workflow["jobs"].items()
        ]
    return jobs


def test_there_are_some() -> None:
    assert {(job.values[0], job.values[1]) for job in _jobs()} == set(RIGHTS)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_nothing_is_granted_to_all_jobs_or_begun_by_strangers(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {}
    begins = workflow[True]  # YAML 1.1 reads `on` as true
    assert set(begins) <= {"push", "pull_request", "schedule"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_to_commits(path: Path) -> None:
    """A tag can be moved; the comment says which version the commit is."""
    used = re.findall(r"uses: *(.*)", path.read_text())
    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)


@pytest.mark.parametrize(("workflow", "name", "job"), _jobs())
def test_each_job_has_the_rights_it_needs(workflow: str, name: str, job: dict[str, Any]) -> None:
    """And an end, no token left behind by the checkout, and no text of others in what a shell runs."""
    assert job["permissions"] == RIGHTS[workflow, name]
    assert job["timeout-minutes"] <= 350
    for step in job["steps"]:
        assert "${{" not in step.get("run", "")
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
