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


async def if_uploaded(
    calls: Calls, upload_id: str, error: NotionError, length: int | None = None
) -> FileUpload | None:
    """Return the upload if the call that failed with `error` turns out to have been performed.

    Args:
        calls: Makes the call.
        upload_id: The upload.
        error: The error.
        length: The bytes that it must have; None for any number.
    """
    if not error.ambiguous:
        return None
    upload = await calls.call(requests.retrieve_upload(upload_id), about(upload_id, FileUpload.decode))
    whole = length is None or upload.content_length in {None, length}
    return upload if upload.status == "uploaded" and whole else None
