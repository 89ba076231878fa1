"""Find out what a failed call has done, where its error or the state of an upload tells.

A 503 may say that a write was saved, and name what it has made (developers.notion.com "Request limits"). Like any other
answer it may belong to another request, so what it names is read and compared with what was asked for.
"""

from collections.abc import Callable
from typing import TypeVar

from notion_sync.notion import requests
from notion_sync.notion.belonging import about
from notion_sync.notion.calls import Calls
from notion_sync.notion.errors import CommittedWrite, NotionError
from notion_sync.notion.json_access import JsonObject
from notion_sync.notion.multipart import Form
from notion_sync.notion.new_state import received
from notion_sync.notion.pages import Page
from notion_sync.notion.rate.queue import Permit
from notion_sync.notion.requests import Request
from notion_sync.notion.values import Block, FileUpload

T = TypeVar("T")


async def committed_blocks(
    calls: Calls, error: CommittedWrite, parent: str, decode: Callable[[JsonObject], list[Block]]
) -> list[Block]:
    """Return the blocks that the error of an append names, read in place of the answer.

    Args:
        calls: Makes the call.
        error: The error.
        parent: The page or block to which they were appended.
        decode: Converts a list of blocks, and checks that it begins with those that were to be made.

    Raises:
        CommittedWrite: The error: what it names cannot be read now, or was not asked for. So what was made is unknown.
    """
    if not error.committed_child_ids:
        raise error
    read = requests.list_children(parent, start_cursor=error.committed_child_ids[0])
    return await _read(calls, error, read, decode)


async def committed_page(
    calls: Calls, error: CommittedWrite, decode: Callable[[JsonObject], Page], permit: Permit | None
) -> Page:
    """Return the page that the error of a creation names, read in place of the answer.

    Args:
        calls: Makes the call.
        error: The error.
        decode: Converts a page, and checks that it is the one that was to be made.
        permit: The permit of the creation, if it has one.

    Raises:
        CommittedWrite: See `committed_blocks`.
    """
    made = error.committed_resource_id
    if made is None or not requests.is_id(made):
        raise error
    return await _read(calls, error, requests.retrieve_page(made), about(made, decode), permit)


async def _read(
    calls: Calls,
    error: CommittedWrite,
    read: Request,
    decode: Callable[[JsonObject], T],
    permit: Permit | None = None,
) -> T:
    try:
        return await calls.call(read, decode, permit=permit)
    except NotionError:
        raise error from None


async def sent(
    calls: Calls,
    upload_id: str,
    request: Request,
    form: Form | None = None,
    length: int | None = None,
    *,
    whole: bool = True,
) -> FileUpload:
    """Send bytes of an upload, or complete it; return the upload.

    Args:
        calls: Makes the calls.
        upload_id: The upload.
        request: The request.
        form: Its bytes.
        length: The bytes that the upload must have then; None for any number.
        whole: Whether the upload is complete then.

    Raises:
        NotionError: It failed, and the upload does not show otherwise.
    """
    decode = about(upload_id, received(whole=whole))
    try:
        return await calls.call(request, decode, form)
    except NotionError as error:
        if not error.ambiguous or not (whole or isinstance(error, CommittedWrite)):
            raise
        if (upload := await _if_sent(calls, upload_id, length, whole=whole)) is not None:
            return upload
        if not isinstance(error, CommittedWrite):
            raise
    return await calls.call(request, decode, form)  # repeated without harm: another's request was saved


async def _if_sent(calls: Calls, upload_id: str, length: int | None, *, whole: bool) -> FileUpload | None:
    """Return the upload if it shows that something was sent, or may have been: its number of parts does not say which.

    If a part is missing, the completion is refused.
    """
    upload = await calls.call(requests.retrieve_upload(upload_id), about(upload_id, FileUpload.decode))
    if not whole:
        return upload if upload.parts_sent != 0 else None
    right = length is None or upload.content_length in {None, length}
    return upload if upload.status == "uploaded" and right else None
