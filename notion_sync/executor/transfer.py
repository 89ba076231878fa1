"""One content on its way to Notion: which request comes next, and who waits for the end.

A small file is one piece of work (create and send). A large one is announced, sent in parts, several at a
time, each recorded when Notion confirmed it, and joined; after an interruption only the missing parts
are sent. The executor owns the transfers and does the recording; here is the order of things.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from notion_sync.content import CHUNK, Content, Stretch, part_size
from notion_sync.model import Digest, Found, Upload
from notion_sync.notion.media import content_type, upload_filename

PARTS_AT_ONCE = 4
"""Parts of one file under way together: enough to use the line, few enough to let other files by."""


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """Somebody who waits for a content to be in Notion.

    `ready` gets the upload and whether its bytes had been there before; `failed` gets what went wrong.
    """

    found: Found
    content: Content
    kind: str
    ready: Callable[[Upload, bool], None]
    failed: Callable[[BaseException], None]
    form: str = ""
    """How the content is dressed; `found` and `content` are then those of the dressed file."""
    original: Digest | None = None
    """The content's digest before it was dressed."""

    @property
    def digest(self) -> Digest:
        """What the upload is recorded under, together with the form."""
        return self.original or self.content.digest


@dataclass(eq=False)
class Transfer:
    """A content being sent, from the file that was there first.

    `started_at` in seconds since the epoch: the upload's hour runs from then at the latest.
    """

    found: Found
    content: Content
    pause: Callable[[int], None]
    started_at: float
    form: str = ""
    original: Digest | None = None
    chunk: int = CHUNK
    """Bytes that leave at a time."""
    upload: Upload | None = None
    """Known once Notion has given the upload an id; from then on parts can be resumed."""
    to_send: list[int] = field(default_factory=list)
    """Part numbers, counted from 1, that nobody has begun to send."""
    under_way: int = 0
    finishing: bool = False
    failed: bool = False
    resumed: bool = False
    waiting: list[Wanted] = field(default_factory=list)

    @property
    def digest(self) -> Digest:
        """See `Wanted.digest`."""
        return self.original or self.content.digest

    @property
    def filename(self) -> str:
        """The upload's name in Notion."""
        return upload_filename(self.found.id.name)

    @property
    def content_type(self) -> str | None:
        """What we declare; None lets Notion infer it from the name."""
        return content_type(self.found.id.name)

    @property
    def in_parts(self) -> bool:
        """Whether the file is too large for one piece."""
        return bool(self.content.parts)

    def whole(self) -> Stretch:
        """The bytes of a file that is sent in one piece."""
        size = self.found.fingerprint.size
        return self._stretch(0, size, self.content.digest)

    def part(self, number: int) -> Stretch:
        """The bytes of one part."""
        size = self.found.fingerprint.size
        length = part_size(size)
        start = (number - 1) * length
        return self._stretch(start, min(length, size - start), self.content.parts[number - 1])

    def resume(self, upload: Upload, confirmed: dict[int, str]) -> None:
        """Go on with an announced upload; parts that were confirmed with the planned content stay sent."""
        self.upload = upload
        planned = enumerate(self.content.parts, start=1)
        self.to_send = [number for number, sha256 in planned if confirmed.get(number) != sha256]

    def next_parts(self) -> list[int]:
        """The parts to begin sending now; they count as under way."""
        if self.failed:
            return []
        room = PARTS_AT_ONCE - self.under_way
        now, self.to_send = self.to_send[:room], self.to_send[room:]
        self.under_way += len(now)
        return now

    @property
    def all_sent(self) -> bool:
        """Whether Notion has every part."""
        return self.upload is not None and not self.to_send and not self.under_way

    def _stretch(self, start: int, length: int, sha256: str) -> Stretch:
        found = self.found
        return Stretch(
            found.source, found.fingerprint, start=start, length=length, sha256=sha256, pause=self.pause,
            chunk=self.chunk,
        )  # fmt: skip
