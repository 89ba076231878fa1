"""Account for the bytes of one request as they leave: against the bandwidth limit, and in the report."""

from collections.abc import Iterator

from notion_sync.clock import Clock
from notion_sync.notion.multipart import Body
from notion_sync.notion.rate.bandwidth import Bandwidth
from notion_sync.report import Report


class CountedBody:
    """A body whose bytes are counted; the work of a request, called in its thread.

    Args:
        body: The bytes.
        path: The file that they come from, as the report names it.
        clock: Its `Cancelled` ends the request.
        bandwidth: Grants each chunk.
        report: Is informed of each chunk.
    """

    def __init__(self, body: Body, path: str, *, clock: Clock, bandwidth: Bandwidth, report: Report) -> None:
        self._body = body
        self._path = path
        self._clock = clock
        self._bandwidth = bandwidth
        self._report = report
        self._sent = 0

    @property
    def length(self) -> int:
        """Number of bytes."""
        return self._body.length

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes; what left in an earlier attempt is lost, and counted again.

        Raises:
            Cancelled: The run was asked to stop.
        """
        if self._sent:
            self._report.lost(self._path, self._sent)
            self._sent = 0
        for chunk in self._body.chunks():
            self._clock.check()
            self._bandwidth.take(len(chunk))
            self._sent += len(chunk)
            self._report.sent(self._path, len(chunk))
            yield chunk
