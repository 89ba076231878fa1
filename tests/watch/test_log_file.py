"""`watch --log-file`, and what logrotate does to it."""

import signal
import stat

from tests.e2e.world import World
from tests.watch.watching import config, watching


def test_hangup_opens_the_log_file_anew(world: World) -> None:
    file = world.home / "watch.log"
    with watching(world, "--log-file", str(file), config=config(world)) as daemon:
        moved = file.rename(file.with_suffix(".1"))
        assert "begins: notion-sync watch" in moved.read_text()
        daemon.process.send_signal(signal.SIGHUP)
        daemon.until(file.exists, "a new log file")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        daemon.hears("the configuration was reloaded")


def test_where_that_fails_it_is_said_and_the_daemon_goes_on(world: World) -> None:
    file = world.home / "logs" / "watch.log"
    file.parent.mkdir()
    with watching(world, "--log-file", str(file), config=config(world)) as daemon:
        file.parent.rename(world.home / "elsewhere")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.hears(f"--log-file {file} cannot be opened, the old one stays in use")
        daemon.catches_up()
