"""`python -m notion_sync` and the command `notion-sync`."""

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
    """Run the command line and leave with its exit code."""
    if advice := elsewhere(sys.platform):
        sys.stderr.write(f"{advice}\n")
        sys.exit(78)
    # Imported here: keeps `import notion_sync.__main__` free of effects.
    from notion_sync.log import streams  # noqa: PLC0415

    streams.make_usable()
    if "--debug" not in sys.argv:
        # What is raised where nobody can catch it (as an object is taken away) would show its stack.
        sys.unraisablehook = lambda _: None
    try:
        from notion_sync.cli.app import run  # noqa: PLC0415

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before there was anybody to handle it
        code = 130
    except OSError as error:  # where no module can be read any more, nobody is there to say it better
        sys.stderr.write(f"notion-sync: cannot start: {error}\n")
        code = 75
    sys.exit(code or int(streams.results_are_lost()))


if __name__ == "__main__":
    main()
