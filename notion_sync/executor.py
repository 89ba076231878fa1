"""Carries out a pass: one coordinator decides and records, workers move bytes and wait for Notion.

The coordinator is the thread that calls `run`. It alone touches the store, decides the order of blocks
and hears of every result; whatever can take time (reading a file, a request) is done by workers, whose
results come back through one queue. So each change of the store is made by one sequential piece of code,
between two events, and every point at which the program can die is a point between two commits.

A file's way: `_begin` (read it, unless its content is known) → `_judge` → `_obtain` an upload of its
content (one that exists, one under way, or a new `Transfer`) → an append, a replacement or a page's icon
→ `_end` with its outcome.
"""

import queue
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from notion_sync.attach import AttachQueue, Slot
from notion_sync.clock import Clock
from notion_sync.content import Content, part_count, part_size, read_content
from notion_sync.errors import Cancelled, FileChanged, FileError, FileVanished, NotionSyncError, NotNow
from notion_sync.judge import Account, Judge
from notion_sync.model import (
    ActionName,
    Append,
    Digest,
    Failure,
    Found,
    Intent,
    Outcome,
    Placement,
    Upload,
)
from notion_sync.notion.errors import (
    CommittedWrite,
    Forbidden,
    NotFound,
    NotionError,
    ServerError,
    Unauthorized,
    ValidationFailed,
)
from notion_sync.notion.media import extension
from notion_sync.notion.payloads import BlockChange
from notion_sync.notion.values import FileUpload
from notion_sync.plan import Action, Attach, Keep, LeaveOut, Look, Refuse, Rename, Replace, Step, Wait, fits
from notion_sync.recover import LATE, Seen, match_append
from notion_sync.remote import Remote, media_block
from notion_sync.report import Report, Tally
from notion_sync.rules import Kind, PageTarget, Rule
from notion_sync.state import Store
from notion_sync.transfer import Transfer

T = TypeVar("T")
