"""Build what a release consists of, from the last commit: wheel, sdist, a list of what they bring along, checksums.

    make release

Everything is built twice, in different folders and surroundings, and has to be the same to the byte: then anybody can
build it again from the tag and compare. The list is a CycloneDX SBOM of the packages that the wheel needs at run time,
in the versions of `requirements/run.txt`.
"""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
NAME = "notion-sync-daemon"


def main() -> int:
    """Build into `dist/`, which is made anew."""
    if _git("status", "--porcelain", "--untracked-files=no"):
        sys.stderr.write("commit first: a release is built from a commit\n")
        return 1
    target = REPOSITORY / "dist"
    target.mkdir(exist_ok=True)
    for old in target.iterdir():
        old.unlink()
    with tempfile.TemporaryDirectory() as top:
        first, second = build_twice(Path(top))
        if first != second:
            sys.stderr.write("two builds of one commit differ; nothing was written\n")
            return 1
        for name, content in first.items():
            (target / name).write_bytes(content)
        wheel = next(name for name in first if name.endswith(".whl"))
        bom = shipped(_inventory(target / wheel, Path(top)), hashlib.sha256(first[wheel]).hexdigest())
        version = bom["metadata"]["component"]["version"]
        (target / f"{NAME}-{version}.cdx.json").write_text(json.dumps(bom, indent=2) + "\n")
    files = sorted(path for path in target.iterdir())
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    (target / "SHA256SUMS").write_text(sums)
    sys.stdout.write(sums)
    return 0


def build_twice(top: Path) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Build wheel and sdist of the last commit in two folders: name of the file → its content, for each build."""
    epoch = _git("show", "-s", "--format=%ct", "HEAD").strip()
    return (
        _build(top / "a", {"SOURCE_DATE_EPOCH": epoch, "TZ": "UTC", "LC_ALL": "C.UTF-8"}, umask=0o022),
        _build(
            top / "another folder", {"SOURCE_DATE_EPOCH": epoch, "TZ": "XXX-9", "LC_ALL": "C"}, umask=0o077
        ),
    )


def shipped(inventory: dict[str, Any], wheel_sha256: str) -> dict[str, Any]:
    """Return the part of a CycloneDX document that this program needs at run time, with itself as the subject.

    Args:
        inventory: All that is installed in an environment, also what packages are built with.
        wheel_sha256: Of this program's wheel.
    """
    by_reference = {component["bom-ref"]: component for component in inventory["components"]}
    own = next(ref for ref, component in by_reference.items() if component["name"] == NAME)
    needs = {each["ref"]: each.get("dependsOn", []) for each in inventory["dependencies"]}
    reached: set[str] = set()
    ahead = [own]
    while ahead:
        reference = ahead.pop()
        if reference not in reached:
            reached.add(reference)
            ahead += needs.get(reference, ())
    subject = by_reference[own] | {
        "type": "application",
        "hashes": [{"alg": "SHA-256", "content": wheel_sha256}],
    }
    # Where the wheel was when it was installed is nobody else's business.
    subject.pop("externalReferences", None)
    return inventory | {
        "metadata": inventory.get("metadata", {}) | {"component": subject},
        "components": [by_reference[ref] for ref in sorted(reached - {own})],
        "dependencies": [each for each in inventory["dependencies"] if each["ref"] in reached],
    }


def _build(folder: Path, environ: dict[str, str], *, umask: int) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(_run("git", "-C", REPOSITORY, "archive", "HEAD"))) as tar:
        tar.extractall(folder, filter="data")
    out = folder.with_name(f"{folder.name} built")
    hatchling = (sys.executable, "-m", "hatchling", "build", "-d", out, "-t", "sdist", "-t", "wheel")
    _run(*hatchling, cwd=folder, env={**os.environ, **environ}, umask=umask)
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def _inventory(wheel: Path, top: Path) -> dict[str, Any]:
    """List all that is installed beside a wheel, with the tool of `requirements/release.txt`."""
    _install(top / "tool", "-r", "requirements/release.txt", "--require-hashes", "--only-binary", ":all:")
    _install(top / "run", "-r", "requirements/run.txt", "--require-hashes", "--only-binary", ":all:")
    _install(top / "run", "--no-index", "--no-deps", wheel)
    cyclonedx = (top / "tool/bin/cyclonedx-py", "environment", "--output-reproducible", "--of", "JSON")
    inventory: dict[str, Any] = json.loads(_run(*cyclonedx, top / "run"))
    return inventory


def _install(folder: Path, *words: str | Path) -> None:
    _run(REPOSITORY / "scripts/venv.sh", folder, sys.executable)
    _run(folder / "bin/python", "-m", "pip", "install", "-q", *words)


def _git(*words: str) -> str:
    return _run("git", "-C", REPOSITORY, *words).decode()


def _run(*words: str | Path, cwd: Path = REPOSITORY, **more: Any) -> bytes:  # noqa: ANN401 - as Popen has it
    done: subprocess.CompletedProcess[bytes]
    done = subprocess.run(words, cwd=cwd, stdout=subprocess.PIPE, check=True, **more)  # noqa: S603 - our own words
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
