"""Differences between the three API versions that are served (the upgrade guides)."""

from dataclasses import dataclass

from notion_sync.sandbox.errors import ApiError, invalid, missing_version


@dataclass(frozen=True, slots=True)
class Version:
    """One `Notion-Version`."""

    name: str
    data_sources: bool
    """Databases contain data sources, to which rows belong (since 2025-09-03)."""
    position: bool
    """Children may be inserted with `position`."""
    after: bool
    """Children may be inserted with `after` (until 2026-03-11)."""
    archived: bool
    """`archived` is accepted and shown beside `in_trash` (until 2026-03-11)."""

    @property
    def trash_keys(self) -> tuple[str, ...]:
        """The names of the trash flag in requests."""
        return ("archived", "in_trash") if self.archived else ("in_trash",)


# guess: `position` under 2022-06-28 is refused; nothing recorded has it there
V2022 = Version("2022-06-28", data_sources=False, position=False, after=True, archived=True)
V2025 = Version("2025-09-03", data_sources=True, position=True, after=True, archived=True)
V2026 = Version("2026-03-11", data_sources=True, position=True, after=False, archived=False)

VERSIONS = {version.name: version for version in (V2022, V2025, V2026)}


def version_of(header: str | None) -> Version:
    """Return the version that a request asks for."""
    if header is None:
        raise missing_version()
    version = VERSIONS.get(header.strip())
    if version is None:
        raise _unknown(header)
    return version


def _unknown(header: str) -> ApiError:
    # guess: code and wording for a version that does not exist; older versions are left out here
    known = ", ".join(f'`"{name}"`' for name in reversed(VERSIONS))
    return invalid(
        f"Notion-Version header failed validation: Notion-Version header should be one of {known}, "
        f'instead was `"{header}"`.'
    )
