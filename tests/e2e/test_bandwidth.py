"""`bandwidth_limit`: contents leave no faster, arrive whole, and a reload takes another limit."""

import os
import signal

from tests.e2e.rules import config
from tests.e2e.world import World
from tests.watch.watching import config as watched
from tests.watch.watching import watching

KB = 1000


def sending(world: World) -> float:
    """Seconds from the beginning of the first body to the end of the last one, as the sandbox saw it."""
    sends = [line for line in world.sandbox.requests() if line["path"].endswith("/send")]
    return float(max(s["t"] + s["duration"] for s in sends) - min(s["t"] for s in sends))


def test_all_files_together_keep_to_the_limit(world: World) -> None:
    """The least that it can take; the first second's bytes leave at once."""
    world.write({f"{number}.bin.txt": os.urandom(300 * KB) for number in range(5)})
    limited = f"bandwidth_limit: 500 KB/s\n{config(world)}"

    run = world.run("push", "--json", config=limited)

    assert run.counts() == {"attached": 5}, run.stderr
    world.assert_mirrors()
    assert sending(world) > (1500 - 500 - 300) / 500


def test_parts_keep_to_it_too(world: World) -> None:
    world.write({"large.txt": os.urandom(24 * 1024 * KB)})

    run = world.run("push", "--json", config=f"bandwidth_limit: 12 MB/s\n{config(world)}")

    assert run.counts() == {"attached": 1}, run.stderr
    world.assert_mirrors()
    assert sending(world) > (24.5 - 12 - 2) / 12


def test_a_reload_takes_another_limit(world: World) -> None:
    """A file that would need minutes goes at once."""
    world.write({"large.txt": os.urandom(3000 * KB)})
    slow, fast = (watched(world, top=f"bandwidth_limit: {limit}") for limit in ("10 KB/s", "none"))

    with watching(world, config=slow, ready=False) as daemon:
        daemon.until(lambda: daemon.status().get("mood") == "working", "a pass")
        (world.home / "config.yaml").write_text(fast)
        daemon.process.send_signal(signal.SIGHUP)
        daemon.hears("the configuration was reloaded")
        daemon.brings("large.txt")
        daemon.mirrors()
