"""The blocks of a page that may be taken over, found by size, name and content. Pure."""

from collections import OrderedDict, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from notion_sync.model import Digest
from notion_sync.notion.values import Block

_Blocks = OrderedDict[str, Block]
"""By id, in the order of the page."""


class Unclaimed:
    """What of a page was seen, is not recorded, and stands for no file yet.

    Each file is compared with the few blocks that may be its own, however many there are: what was read once is known
    by its digest from then on.

    Args:
        blocks: In the order of the page.
        sizes: By block the bytes of its file; None where it could not be fetched.
    """

    def __init__(self, blocks: Sequence[Block] = (), sizes: Mapping[str, int | None] | None = None) -> None:
        self._sizes = sizes or {}
        self._blocks: _Blocks = OrderedDict((block.id, block) for block in blocks)
        self._digests: dict[str, Digest] = {}
        self._read: defaultdict[Digest, _Blocks] = defaultdict(OrderedDict)
        self._unread: defaultdict[Hashable, _Blocks] = defaultdict(OrderedDict)
        for block in blocks:
            for key in self._keys(block):
                self._unread[key][block.id] = block

    def __bool__(self) -> bool:
        return bool(self._blocks)

    def candidates(self, digest: Digest, size: int | None, names: AbstractSet[str]) -> Iterator[Block]:
        """The blocks that may hold a content, one after the other, those first that are the likeliest.

        Where it is not known what a block holds, its name has to say that it may be this one.

        Args:
            digest: Of the content.
            size: Its bytes; None where they are not known: then only a size that could not be fetched speaks against.
            names: What its block may be called.
        """
        asked: set[str] = set()
        keys: list[Hashable] = [(size, name) for name in names] + [size] if size is not None else []
        places = [self._read[digest]] if digest in self._read else []
        places += [self._unread[key] for key in keys if key in self._unread]
        if size is None:
            places.append(
                OrderedDict((id_, b) for id_, b in self._blocks.items() if self._sizes[id_] is not None)
            )
        places += [self._unread[None, name] for name in names if (None, name) in self._unread]
        for blocks in places:
            # Whoever asks may claim some meanwhile, and others may, too.
            while block := next((b for b in blocks.values() if b.id not in asked), None):
                asked.add(block.id)
                if block.id in self._blocks:
                    yield block

    def was_read(self, block: Block, digest: Digest) -> None:
        """The digest of a block's file is known now."""
        if block.id in self._blocks and block.id not in self._digests:
            self._forget_unread(block)
            self._digests[block.id] = digest
            self._read[digest][block.id] = block

    def claim(self, block: Block) -> bool:
        """Take a block for a file; False where another file has taken it."""
        if self._blocks.pop(block.id, None) is None:
            return False
        self._forget_unread(block)
        if (digest := self._digests.pop(block.id, None)) is not None:
            del self._read[digest][block.id]
        return True

    def _forget_unread(self, block: Block) -> None:
        for key in self._keys(block):
            self._unread[key].pop(block.id, None)

    def _keys(self, block: Block) -> list[Hashable]:
        size = self._sizes[block.id]
        named: list[Hashable] = [(size, name) for name in {block.name, block.filename} if name]
        return named if size is None else [*named, size]
