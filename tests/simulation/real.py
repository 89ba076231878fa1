"""The same life twice: simulated, and as real processes with real files that talk to a sandbox over real HTTP.

Requests have another order there, and a fault hits another one; what Notion holds in the end has to be the same. So
the simulation is held against the world: `python -m tests.simulation.real 0-100`.
"""

import random
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.world import LONG_AGO, Json, Sandbox, kill, running_sandbox, wait_until
from tests.e2e.world import World as RealWorld
from tests.simulation import scenario
from tests.simulation.scenario import Seen, Wanted, in_any_order, seen, seen_in
from tests.simulation.skeleton import until_done
from tests.simulation.world import World

TROUBLES: tuple[Json, ...] = (
    {"when": "before", "do": {"cut": True}},
    {"when": "after", "do": {"cut": True}},
    {"when": "after", "do": {"truncate": True}},
    {"when": "after", "do": {"committed": True}},
    {"when": "before", "do": {"status": 503}},
    {"when": "after", "do": {"status": 502, "body": "<html>Bad Gateway</html>"}},
    {"when": "before", "do": {"status": 409}},
    {"when": "before", "do": {"status": 429, "headers": {"Retry-After": "1"}}},
    {"do": {"late": 1.5}},
)
HANGS: Json = {"do": {"delay": 600}}
"""Of a request at which the process is killed."""

_PROCESSES = 8
Files = dict[str, bytes]


@dataclass(frozen=True)
class Story:
    """What happens in both.

    Args:
        wanted: What the rule says.
        folders: What is in the folder, one time after the other: contents by path.
        faults: One for each time; the process dies by those that hang.
    """

    wanted: Wanted
    folders: tuple[Files, ...]
    faults: tuple[Json, ...]


def draw(seed: int) -> Story:
    """The story of a seed."""
    dice = random.Random(f"real {seed}")
    folders = [scenario.draw_files(dice)]
    folders.append({path: dice.choice(scenario.CONTENTS) for path in folders[0]} | scenario.draw_files(dice))
    faults = []
    for _ in folders:
        hangs = dice.random() < 0.4
        fault = {**HANGS, "when": dice.choice(["before", "after"])} if hangs else dice.choice(TROUBLES)
        faults.append({"path": "^/v1/", "nth": dice.randint(1, 14), "times": 1, **fault})
    return Story(scenario.draw_wish(dice), tuple(folders), tuple(faults))


def simulated(story: Story, seed: int) -> Seen:
    """What is there in the end where all is simulated, troubles and crashes too."""
    with World(seed) as world:
        world.rules = [scenario.rule(world, story.wanted)]
        for files in story.folders:
            for path, content in files.items():
                world.put(path, content)
            world.wait(60)
            for _ in until_done(world):
                pass
            world.wait(100)
        return seen(world, story.wanted)


@dataclass
class Reality:
    """The same in the world.

    Args:
        world: A folder, a sandbox, a store.
        story: What happens.
    """

    world: RealWorld
    story: Story
    processes: int = field(default=0, init=False)

    def play(self) -> Seen:
        """All of it, and what is there then.

        Raises:
            AssertionError: It is not done after some processes.
        """
        for number, (files, fault) in enumerate(zip(self.story.folders, self.story.faults, strict=True)):
            self.world.write(files, mtime=LONG_AGO + number)
            self.world.sandbox.faults([fault])
            if fault["do"].get("delay"):
                self._die()
            self._until_done()
        return seen_in(self.world.sandbox.state(), self.world.sandbox.page_id, self.story.wanted)

    def _die(self) -> None:
        """A process that is killed while a request hangs, or has ended before."""
        self.processes += 1
        process = self.world.start_with(self._config())
        wait_until(
            lambda: process.poll() is not None or self.world.sandbox.fired() > 0, "a request that hangs"
        )
        kill(process)
        self.world.sandbox.faults([])

    def _until_done(self) -> None:
        said = ""
        for _ in range(_PROCESSES):
            self.processes += 1
            run = self.world.run("push", "--json", config=self._config())
            if run.code == 0:
                self.world.sandbox.faults([])
                again = self.world.run("push", "--json", config=self._config())
                assert again.summary["requests"] == 0, "a pass over what is done asks for something"
                return
            said = run.stdout + run.stderr
        raise AssertionError(f"not done after {_PROCESSES} processes: {said}")

    def _config(self) -> str:
        wanted, sandbox = self.story.wanted, self.world.sandbox
        lines = ["rules:", "  - name: r", f"    folder: {self.world.folder}", "    to:"]
        lines += [f"      - page: {sandbox.page_id}"] if wanted.page else []
        if wanted.rows:
            lines += [f"      - database: {sandbox.database_id}", f'        row: "{wanted.row}"']
            lines += ["        property: Attachments"] if wanted.entries else []
            lines += ["        body: true"] if wanted.bodies else []
        lines += ["    subfolders: pages"] if wanted.subpages else []
        return "\n".join(lines) + "\n"


def differs(seed: int, sandbox: Sandbox, home: Path) -> str:
    """How the two ends of a seed's story differ, in words; empty where they are the same."""
    story = draw(seed)
    home.mkdir(exist_ok=True)
    there = in_any_order(Reality(RealWorld(home, sandbox.reset()), story).play(), {"pages", "bodies"})
    here = in_any_order(simulated(story, seed), {"pages", "bodies"})
    return "" if there == here else f"seed {seed}: in the world {there}, simulated {here}"


def main(first: int, last: int, say: Callable[[str], object]) -> int:
    """Play the stories of some seeds; 1 where ends differ."""
    wrong = 0
    with (
        tempfile.TemporaryDirectory(prefix="nsr-") as folder,
        running_sandbox(Path(folder), "--rate", "off") as sandbox,
    ):
        for seed in range(first, last):
            if found := _tried(seed, sandbox, Path(folder) / f"home-{seed}"):
                wrong += 1
                say(f"{found}\n")
    say(f"{last - first} stories played twice, {wrong} of them ended differently\n")
    return 1 if wrong else 0


def _tried(seed: int, sandbox: Sandbox, home: Path) -> str:
    try:
        return differs(seed, sandbox, home)
    except AssertionError as error:
        return f"seed {seed}: {error}"


if __name__ == "__main__":
    _first, _last = (int(each) for each in (sys.argv[1:] or ["0-100"])[0].split("-"))
    sys.exit(main(_first, _last, sys.stdout.write))
