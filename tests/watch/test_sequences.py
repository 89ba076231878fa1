"""However a program saves a file, it is uploaded once, with its final content."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.e2e.world import Sandbox, World, sha256
from tests.watch.sequences import ALL, Missing, Played
from tests.watch.watching import config, watching


@dataclass(frozen=True)
class Stage:
    """All sequences, played beside each other, and what came of them."""

    results: dict[str, Played | Missing]
    blocks: list[tuple[str, str]]
    uploaded: list[str]


@pytest.fixture(scope="module")
def stage(sandbox_process: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    world = World(tmp_path_factory.mktemp("stage"), sandbox_process.reset())

    def play(name: str) -> Played | Missing:
        folder, elsewhere = world.folder / name, world.home / "elsewhere" / name
        folder.mkdir()
        elsewhere.mkdir(parents=True)
        try:
            return ALL[name](folder, elsewhere)
        except Missing as missing:
            return missing

    with watching(world, config=config(world)) as daemon, ThreadPoolExecutor(len(ALL)) as pool:
        results = dict(zip(ALL, pool.map(play, ALL), strict=True))
        expected = {
            (f"{name}/{path}", sha256(content))
            for name, played in results.items()
            if not isinstance(played, Missing)
            for path, content in played.items()
        }
        daemon.until(lambda: expected <= set(daemon.placed()), "everything on the page")
        daemon.catches_up()
        uploads = [upload["sha256"] for upload in world.sandbox.state()["uploads"]]
        yield Stage(results, daemon.placed(), uploads)


@pytest.mark.parametrize("name", ALL)
def test_a_sequence_ends_with_one_upload_of_the_final_content(stage: Stage, name: str) -> None:
    played = stage.results[name]
    if isinstance(played, Missing):
        pytest.skip(f"{played} is not installed")
    here = [(path, digest) for path, digest in stage.blocks if path.startswith(f"{name}/")]
    assert sorted(here) == sorted((f"{name}/{path}", sha256(content)) for path, content in played.items())
    for content in played.values():
        assert stage.uploaded.count(sha256(content)) == 1


def test_nothing_else_was_uploaded(stage: Stage) -> None:
    """No half of a file, no temporary file, no version that was overwritten before it rested."""
    assert sorted(stage.uploaded) == sorted({digest for _, digest in stage.blocks})
