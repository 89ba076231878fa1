"""`python -m notion_sync` and the command `notion-sync`."""

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    from notion_sync.cli.app import run  # noqa: PLC0415 - keeps `import notion_sync.__main__` free of effects

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
