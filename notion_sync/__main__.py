"""`python -m notion_sync` and the command `notion-sync`."""

import gc
import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    # Imported here: keeps `import notion_sync.__main__` free of effects.
    from notion_sync.log import streams  # noqa: PLC0415

    streams.make_usable()
    # Modules are imported to stay: looking for garbage among them every 700 objects takes a tenth of the start.
    gc.set_threshold(10_000, 20, 20)
    if "--debug" not in sys.argv:
        # What is raised where nobody can catch it (as an object is taken away) would show its stack.
        sys.unraisablehook = lambda _: None
    try:
        from notion_sync.cli.app import run  # noqa: PLC0415

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before there was anybody to handle it
        code = 130
    except OSError as error:  # where no module can be read any more, nobody is there to say it better
        sys.stderr.write(f"notion-sync: it cannot begin: {error}\n")
        code = 75
    # The interpreter looks for garbage among all of them as it ends, too: another tenth or two.
    gc.freeze()
    sys.exit(code or int(streams.results_are_lost()))


if __name__ == "__main__":
    main()
