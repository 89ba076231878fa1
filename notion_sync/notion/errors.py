"""The errors of Notion and of the network in between, as a tree.

    NotionError                  exit code, what happened
    ├─ Unauthorized          77  401: the token is refused
    ├─ Forbidden              1  403: a capability is missing, or a free workspace is full (`block_limit`)
    ├─ ForeignAnswer         75  a proxy, firewall or login page answered instead of Notion
    │   └─ BodyTooLarge       1  413: it lets no body of this size through
    ├─ NotFound               1  404: it does not exist, or is not shared with the connection
    ├─ ValidationFailed       1  400: Notion rejects the request, however often it is sent
    ├─ Conflict              75  409: a concurrent write at the same place; or a database's row limit is reached
    ├─ RateLimited           75  429: too many requests, or the connection is blocked (`blocked`)
    ├─ Overloaded            75  529: Notion is overloaded
    ├─ ServerError           75  500 to 599: perhaps performed, perhaps not
    │   └─ CommittedWrite    75  503 that says so: the write was performed, only its answer was lost
    ├─ NetworkError          75  no answer (`sent`: the request may have arrived)
    ├─ BadAnswer             75  an answer that cannot be read
    ├─ Unseen                75  a file hosted by Notion cannot be fetched, so its content is unknown
    └─ BodyMismatch           1  a body had more or fewer bytes than announced
    DownloadFailed               a file could not be fetched from its own address, Notion's or another
    Outdated                     a write was not sent, because it is made from what was read too long ago

Sources: developers.notion.com "Status codes"; for what a 503 says of a write, "Request limits".
"""

import re
from collections.abc import Mapping

from notion_sync.errors import NotionSyncError
from notion_sync.text.visible import visible

_ROUND = str.maketrans("[]", "()")
"""Facts stand in square brackets, without others inside (`model.plain_reason`)."""

AdditionalData = Mapping[str, str | tuple[str, ...]]
"""`additional_data` of an error: values are strings and lists of strings."""


class NotionError(NotionSyncError):
    """Base of everything that goes wrong between this program and Notion.

    Args:
        message: What happened; Notion's own words, if it said something.
        hint: What the user can do next; by default the class's `advice`.
        status: HTTP status; None if no answer came.
        code: Notion's `code`, which is stable while messages are not; empty if there was none.
        request_id: Notion's id of this request, for its support.
        additional_data: Further facts.
        retry_after: Seconds that Notion asks to wait, from the arrival of the answer.
        ambiguous: The call is a write and may have been performed nevertheless.
    """

    advice = ""
    """The default hint of the class."""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        status: int | None = None,
        code: str = "",
        request_id: str | None = None,
        additional_data: AdditionalData | None = None,
        retry_after: float | None = None,
        ambiguous: bool = False,
    ) -> None:
        super().__init__(message, hint=hint or self.advice, again_in=retry_after)
        self.status = status
        self.code = visible(code)
        self.request_id = None if request_id is None else visible(request_id)
        self.additional_data = additional_data or {}
        self.retry_after = retry_after
        self.ambiguous = ambiguous

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later without any other change."""
        return False

    @property
    def unknown_upload(self) -> bool:
        """Whether Notion does not know an upload that was to be attached: not yet, or not any more.

        The text was seen in a live answer; the status is 404 or 400.
        """
        return "could not find file_upload" in self.message.lower()

    @property
    def words(self) -> str:
        """What happened, in this program's words where Notion's are long or say too little."""
        return self.message

    @property
    def facts(self) -> str:
        """Notion's own words if others are used, its code (or the HTTP status), and the id of the request, if known."""
        said = self.message.rstrip(". ").translate(_ROUND) if self.words != self.message else ""
        facts = [said, self.code or (f"HTTP {self.status}" if self.status else "")]
        facts.append(f"request {self.request_id}" if self.request_id else "")
        return ", ".join(filter(None, facts))

    def __str__(self) -> str:
        shown = self.facts
        text = self.words.rstrip(". ") + (f" [{shown}]" if shown else "")
        return f"{text} ({self.hint})" if self.hint else text


class Unauthorized(NotionError):
    """The token is wrong, revoked or expired; every call will fail."""

    exit_code = 77
    advice = "check the token: copy it again from the connection's settings in Notion and log in with it"

    @property
    def words(self) -> str:
        """It is refused, for whatever reason."""
        return "Notion refuses the token"


class Forbidden(NotionError):
    """The connection lacks a capability or permission (`restricted_resource`)."""

    advice = "give the connection the read, update and insert content capabilities in its settings in Notion"

    @property
    def block_limit(self) -> str | None:
        """What the workspace's block limit forbids; None if the error has another reason.

        developers.notion.com "Workspace block limits": a free workspace with several members is limited to 1,000
        blocks in total; deleting blocks does not help.
        """
        value = self.additional_data.get("block_limit")
        return value if isinstance(value, str) else ", ".join(value) if value else None


class ForeignAnswer(NotionError):
    """A proxy, a firewall or a login page answered instead of Notion; what it says proves nothing."""

    exit_code = 75
    advice = "a proxy, a firewall or the network's login page is in the way; it continues when Notion answers again"


class BodyTooLarge(ForeignAnswer):
    """Something before Notion refuses a request for the size of its body; smaller ones may pass."""

    exit_code = 1
    advice = "a proxy or a firewall in the way lets nothing of this size through: let it take 20 MiB in one request"


_NOT_SHARED = re.compile(
    r"Could not find (page|database|data_source|block) with ID: ([0-9a-f-]{32,36})\b(?:.*\bintegration (\"[^\"]*\"))?"
)
"""Seen in live answers: `… Make sure the relevant pages and databases are shared with your integration "name".`"""


_NO_ID = re.compile(r"should be a valid uuid, instead was [`\"']*([0-9a-f-]{32,36})\b")
"""Seen in live answers for 32 hex digits that are no UUID (RFC 9562), as after a slip of the keyboard."""


class NotFound(NotionError):
    """It does not exist, or is not shared with the connection; Notion does not say which."""

    advice = "share the page with the connection: open it in Notion, ··· → Connections → add the connection"

    @property
    def words(self) -> str:
        """Which page is not shared with whom; Notion's words for anything else that is not there."""
        found = _NOT_SHARED.match(self.message)
        if found is None:
            return self.message
        kind, id_, name = found.groups()
        return f"no {kind.replace('_', ' ')} {id_} is shared with the connection" + (
            f" {name}" if name else ""
        )


class ValidationFailed(NotionError):
    """Notion rejects this request, however often it is sent.

    Message texts are not part of Notion's contract, so the properties return False in doubt.
    """

    @property
    def words(self) -> str:
        """What is in the trash, or which id is none of Notion's; Notion's words else."""
        if self.trashed:
            return "the page or block is in Notion's trash: restore it there, or name another target"
        found = _NO_ID.search(self.message)
        return (
            f"Notion knows no id {found[1]}: copy the address again (Share → Copy link)"
            if found
            else self.message
        )

    @property
    def unsupported_type(self) -> bool:
        """Whether the file's extension or content type is refused."""
        text = self.message.lower()
        return "not supported for the file upload api" in text

    @property
    def too_large(self) -> bool:
        """Whether the file exceeds the workspace's limit."""
        text = self.message.lower()
        return "exceeds the limit" in text or "not within the allowed limit" in text

    @property
    def trashed(self) -> bool:
        """Whether the block or page is in the trash."""
        text = self.message.lower()
        return "archived" in text and "edit" in text


class Conflict(NotionError):
    """Concurrent writes at one place, or a storage outage; a retry helps, except for `row_limit_exceeded`."""

    exit_code = 75

    @property
    def retryable(self) -> bool:
        """True, except for a database with too many rows."""
        return self.code != "row_limit_exceeded"


class RateLimited(NotionError):
    """Too many requests; this one was not performed."""

    exit_code = 75

    @property
    def reason(self) -> str:
        """Which limit it was, in Notion's words; empty if it does not say."""
        value = self.additional_data.get("rate_limit_reason", "")
        return value if isinstance(value, str) else ""

    @property
    def blocked(self) -> bool:
        """Whether Notion blocks this connection altogether and asks not to be called again."""
        return self.reason == "public_api_request_blocked"

    @property
    def retryable(self) -> bool:
        """True, except for a blocked connection."""
        return not self.blocked


class Overloaded(NotionError):
    """Notion is overloaded; this call was not performed."""

    exit_code = 75

    @property
    def retryable(self) -> bool:
        """Always True."""
        return True


class ServerError(NotionError):
    """Something failed at Notion, before or after the request was performed."""

    exit_code = 75
    advice = "Notion has trouble: try again later, see status.notion.com"

    @property
    def retryable(self) -> bool:
        """Always True; whether a retry is safe depends on `ambiguous` and the call."""
        return True

    @property
    def committed_resource_id(self) -> str | None:
        """The page that was created, or the parent of created blocks, if the answer names it."""
        value = self.additional_data.get("committed_resource_id")
        return value if isinstance(value, str) and value else None

    @property
    def committed_child_ids(self) -> tuple[str, ...]:
        """The blocks that were appended, in request order, if the answer names them."""
        value = self.additional_data.get("committed_child_ids", ())
        return (value,) if isinstance(value, str) else value


class CommittedWrite(ServerError):
    """The write was performed, only its answer could not be built: read the result, do not repeat the write."""

    @property
    def retryable(self) -> bool:
        """Always False."""
        return False


class NetworkError(NotionError):
    """No answer came.

    Args:
        message: The network's error.
        sent: Whether the request may have reached Notion; False is certain.
        ambiguous: The call is a write, and `sent`.
        hint: What the user can do next, if the cause is known.
    """

    exit_code = 75
    advice = "check the network connection"

    def __init__(self, message: str, *, sent: bool, ambiguous: bool = False, hint: str = "") -> None:
        super().__init__(message, ambiguous=ambiguous, hint=hint)
        self.sent = sent

    @property
    def retryable(self) -> bool:
        """Always True; whether a retry is safe depends on `ambiguous` and the call."""
        return True


class BadAnswer(NotionError):
    """A successful answer whose body cannot be used: truncated, not JSON, or about something else."""

    exit_code = 75
    advice = (
        "something between here and Notion changes answers: look for a proxy or a login page of the network"
    )

    @property
    def retryable(self) -> bool:
        """Always True; whether a retry is safe depends on `ambiguous` and the call."""
        return True


class Unseen(NotionError):
    """The content of a file in Notion is unknown, because it cannot be fetched at the moment."""

    exit_code = 75
    advice = "Notion keeps files on servers of their own: check that this machine reaches them"

    @property
    def retryable(self) -> bool:
        """Always True."""
        return True


class BodyMismatch(NotionError):
    """A body yielded more or fewer bytes than announced; nothing was performed."""


class DownloadFailed(NotionSyncError):
    """A file could not be fetched from its own address.

    Args:
        message: Why, without the address.
        status: HTTP status; None if no answer came.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status

    @property
    def stale(self) -> bool:
        """Whether a signed address may have expired, so that a new one may work."""
        return self.status == 403


class Outdated(NotionSyncError):
    """A write was not sent, because what it is made from was read too long ago: read it again, and decide anew.

    Whoever makes such a write catches this; nobody is told.
    """

    def __init__(self) -> None:
        super().__init__("")
