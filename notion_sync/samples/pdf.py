"""PDF files, written object by object: nothing but the offsets of the objects is kept in memory."""

from collections.abc import Iterable
from types import TracebackType
from typing import BinaryIO, Self

_KIDS = 32  # of a node of the page tree

# The four fonts, each of which every reader has: upright, bold, oblique and typewriter.
_FONTS = {"F1": "Helvetica", "F2": "Helvetica-Bold", "F3": "Helvetica-Oblique", "F4": "Courier"}

CATALOG, INFO, RESOURCES = 1, 2, 3


class PdfWriter:
    """Writes one document of A4 pages; used as a context manager.

    Args:
        file: Where to, at its beginning.
        title: Shown by readers in place of the file name.
        resources: Entries of the resource dictionary beside the fonts, for example shadings.
    """

    def __init__(self, file: BinaryIO, *, title: str, resources: str = "") -> None:
        self._file = file
        self._at = 0
        self._offsets: dict[int, int] = {}
        self._next = RESOURCES + 1
        self._leaves: list[int] = []
        self._parents: list[int] = []
        self._write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
        fonts = " ".join(
            f"/{key} << /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>"
            for key, name in _FONTS.items()
        )
        self._object(RESOURCES, f"<< /Font << {fonts} >> {resources} >>".encode("ascii"))
        self._object(INFO, b"<< /Title (" + escape(title) + b") /Producer (notion-sync) >>")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish()

    def page(self, content: bytes) -> None:
        """Add a page that is drawn by these operators."""
        if len(self._leaves) % _KIDS == 0:
            self._parents.append(self._number())
        drawing, page = self._number(), self._number()
        self._object(drawing, b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content))
        self._object(
            page,
            b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Resources %d 0 R /Contents %d 0 R >>"
            % (self._parents[-1], RESOURCES, drawing),
        )
        self._leaves.append(page)

    def _finish(self) -> None:
        """Write the page tree, the catalog and the table of offsets."""
        root = self._number()
        total = len(self._leaves)
        for i, parent in enumerate(self._parents):
            kids = self._leaves[i * _KIDS : (i + 1) * _KIDS]
            self._object(parent, _pages(kids, len(kids), b"/Parent %d 0 R" % root))
        self._object(root, _pages(self._parents, total, b""))
        self._object(CATALOG, b"<< /Type /Catalog /Pages %d 0 R >>" % root)
        table = self._at
        self._write(b"xref\n0 %d\n0000000000 65535 f \n" % self._next)
        self._write(b"".join(b"%010d 00000 n \n" % self._offsets[n] for n in range(1, self._next)))
        self._write(
            b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
            % (self._next, CATALOG, INFO, table)
        )

    def _number(self) -> int:
        self._next += 1
        return self._next - 1

    def _object(self, number: int, body: bytes) -> None:
        self._offsets[number] = self._at
        self._write(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._at += len(data)


def _pages(kids: Iterable[int], count: int, parent: bytes) -> bytes:
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    return b"<< /Type /Pages /Kids [%b] /Count %d %b >>" % (listed, count, parent)


def escape(text: str) -> bytes:
    """Text as it stands between the parentheses of a PDF string."""
    plain = text.encode("cp1252")
    return plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def line(
    text: str, x: float, y: float, *, font: str = "F1", size: float = 10, colour: str = "0 0 0"
) -> bytes:
    """Operators that write one line of text; `y` counts from the foot of the page."""
    return f"{colour} rg BT /{font} {size} Tf {x} {y} Td (".encode("ascii") + escape(text) + b") Tj ET\n"
