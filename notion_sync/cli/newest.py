"""Long lists on a terminal: the newest items, unless an option says otherwise."""

SHOWN = 100
"""Number of items shown on a terminal, unless an option says otherwise."""

FOR_OLDER_ONES = f"--limit {10 * SHOWN}, --since 1w"
"""Options that show more."""


def is_shortened(*, person: bool, limit: int | None, since: float | None) -> bool:
    """Return whether only the newest `SHOWN` items are shown."""
    return person and limit is None and since is None
