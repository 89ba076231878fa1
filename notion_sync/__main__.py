"""Entry point of `python -m notion_sync` and of the command `notion-sync`."""

import gc
import sys


def elsewhere(platform: str) -> str | None:
    """What to do on a system that is not Linux; None on Linux.

    Late writes are told by the clock that goes on while the machine sleeps, changes by inotify, and a store has one
    process by flock: without these promises would be broken in silence.

    Args:
        platform: As `sys.platform` says it.
    """
    if platform == "linux":
        return None
    where = {
        "win32": "on Windows run it under WSL 2",
        "darwin": "on macOS run it in a Linux virtual machine or container",
    }.get(platform, f"not on {platform}")
    return f"notion-sync works on Linux only; {where} (nothing of it works here, the folders are not watched)"


def main() -> None:
    """Run the command line and exit with its code."""
    if advice := elsewhere(sys.platform):
        sys.stderr.write(f"{advice}\n")
        sys.exit(78)
    # Imported here so that importing this module has no side effects.
    from notion_sync.log import streams  # noqa: PLC0415

    streams.make_usable()
    # Modules are imported to stay: looking for garbage among them every 700 objects takes a tenth of the start.
    gc.set_threshold(100_000, 20, 20)
    if "--debug" not in sys.argv:
        # An exception in a destructor cannot be caught and would print a stack trace.
        sys.unraisablehook = lambda _: None
    try:
        from notion_sync.cli.app import run  # noqa: PLC0415

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before a signal handler was installed
        code = 130
    except OSError as error:  # no module can be read, not even the usual error handling
        sys.stderr.write(f"notion-sync: cannot start: {error}\n")
        code = 75
    # The interpreter looks for garbage among all of them as it ends, too: another tenth or two.
    gc.freeze()
    sys.exit(code or int(streams.results_are_lost()))


if __name__ == "__main__":
    main()
