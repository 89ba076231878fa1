"""What lies on other servers, and Notion's fetching of it, in the time of a simulation."""

from collections.abc import Callable
from dataclasses import dataclass

from notion_sync.sandbox.api.imports import download_failed, finish_import
from notion_sync.sandbox.core import Core, Exchange
from notion_sync.sandbox.messages import Answer, Cut, Delayed, Payload, Probe
from notion_sync.sandbox.messages import Request as CoreRequest
from notion_sync.sandbox.store import uploads


@dataclass(frozen=True)
class Site:
    """What is at an address.

    Args:
        content: The bytes.
        content_type: What the server says of them.
        seconds: How long Notion takes to fetch them.
        head: What a HEAD request is answered; None for nothing.
        get: What a GET request is answered.
    """

    content: bytes = b"content"
    content_type: str = "text/plain"
    seconds: float = 0.0
    head: int | None = 200
    get: int = 200

    @property
    def probe(self) -> Probe | None:
        """What Notion finds when it asks for the headers."""
        return None if self.head is None else Probe(self.head, self.content_type, str(len(self.content)))


class Web:
    """Servers of others, as a core sees them.

    Args:
        core: Whose imports these are.
        now: Seconds since the epoch.
    """

    def __init__(self, core: Core, now: Callable[[], float]) -> None:
        self._core = core
        self._now = now
        self._due: dict[str, float] = {}
        self.sites: dict[str, Site] = {}
        """By address."""

    def create(self, asked: CoreRequest, url: str) -> Answer | Cut | Delayed:
        """Answer a request for an import."""
        opened = self._core.open(asked)
        if not isinstance(opened, Exchange):
            return opened
        site = self.sites.get(url)
        outcome = self._core.perform(opened, Payload(asked.body, probe=site.probe if site else None))
        self._core.journal.note(
            at=self._now(), method=asked.method, path=asked.path,
            status=outcome.status if isinstance(outcome, Answer) else 0, duration=0.0, size=len(asked.body),
        )  # fmt: skip
        for upload in uploads.pending_imports(self._core.workspace.db):
            self._due.setdefault(upload.id, self._now() + (self.sites[upload.external_url or ""].seconds))
        return outcome

    def fetch(self) -> None:
        """Let the imports end whose time has come."""
        workspace = self._core.workspace
        for upload in uploads.pending_imports(workspace.db):
            if self._due[upload.id] <= self._now():
                site = self.sites[upload.external_url or ""]
                stored = workspace.blobs.put([site.content], keep=True, hashed=True)
                finish_import(workspace, upload.id, stored if site.get == 200 else download_failed(site.get))
