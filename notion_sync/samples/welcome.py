"""A PDF of one page: what the sample files show, in the colours of the evening picture."""

from typing import BinaryIO

from notion_sync.samples.pdf import PdfWriter, line

_INK, _SOFT, _ROSE = "0.13 0.11 0.24", "0.40 0.38 0.50", "0.75 0.27 0.42"

# From the left edge to the right one: a shading of night, rose and gold.
_DUSK = (
    "/Shading << /Dusk << /ShadingType 2 /ColorSpace /DeviceRGB /Coords [0 842 0 640] /Extend [true true]"
    " /Function << /FunctionType 3 /Domain [0 1] /Bounds [0.55] /Encode [0 1 0 1] /Functions ["
    " << /FunctionType 2 /Domain [0 1] /N 1 /C0 [0.11 0.10 0.27] /C1 [0.66 0.30 0.48] >>"
    " << /FunctionType 2 /Domain [0 1] /N 1 /C0 [0.66 0.30 0.48] /C1 [0.99 0.70 0.44] >> ] >> >> >>"
)

_SUN = b"1 0.95 0.80 rg 484 676 m 484 696 468 712 448 712 c 428 712 412 696 412 676 c f\n"
_HILLS = (
    b"0.42 0.24 0.42 rg 0 640 m 0 690 l 70 716 130 662 210 672 c 300 682 330 706 400 682 c"
    b" 470 660 530 700 595 684 c 595 640 l f\n"
    b"0.16 0.13 0.30 rg 0 640 m 0 660 l 90 690 170 650 270 652 c 380 654 470 684 595 650 c 595 640 l f\n"
)

_INTRO = (
    "This folder was made on your machine a moment ago. There is a file in it for every kind of block",
    "that Notion has for files, and each of them is real: open it here, open it there, compare.",
)

_TABLE = (
    ("Evening at the lake.png", "image", "a picture, computed, not photographed"),
    ("Sunflower.gif", "image", "an animation"),
    ("Music box.wav", "audio", "eight seconds of music"),
    ("Paper boat.mp4", "video", "a small film"),
    ("Welcome to notion-sync.pdf", "PDF", "this page"),
    ("Two and a half million primes.pdf", "PDF", "above 20 MiB, so it is sent in parts"),
    ("Read me first.txt", "file", "plain text"),
    ("Grüße, …, ….txt", "file", "a name from three alphabets"),
    ("Tables/Planets.csv", "file", "a table, in a subfolder"),
    ("Tables/Pancakes.json", "file", "a recipe for machines"),
    ("Tables/The same evening.png", "image", "equal content: sent once, shown twice"),
)

_NEXT = (
    ("notion-sync push FOLDER --to PAGE", "one pass over a folder of your own"),
    ("notion-sync push FOLDER --sandbox", "the same into the Notion on this machine"),
    ("notion-sync --help", "everything else"),
)


def write_welcome(file: BinaryIO) -> None:
    """Write the document."""
    with PdfWriter(file, title="Welcome to notion-sync", resources=_DUSK) as pdf:
        pdf.page(_header() + _samples() + _commands())


def _header() -> bytes:
    band = b"q 0 640 595 202 re W n /Dusk sh " + _SUN + _HILLS + b"Q\n"
    title = line("Welcome to notion-sync", 56, 768, font="F2", size=30, colour="1 1 1")
    motto = line("Your folders, in Notion. Each file once.", 56, 740, size=14, colour="1 0.90 0.84")
    intro = b"".join(line(text, 56, 604 - 17 * i, size=11, colour=_INK) for i, text in enumerate(_INTRO))
    return band + title + motto + intro


def _samples() -> bytes:
    y = 548
    out = [line("What is here", 56, y, font="F2", size=15, colour=_ROSE)]
    for i, (name, kind, remark) in enumerate(_TABLE):
        y = 522 - 22 * i
        if i % 2 == 0:
            out.append(f"0.965 0.955 0.975 rg 48 {y - 7} 499 22 re f\n".encode("ascii"))
        out += [
            line(name, 56, y, font="F2", size=10, colour=_INK),
            line(kind, 258, y, size=10, colour=_ROSE),
            line(remark, 310, y, size=10, colour=_SOFT),
        ]
    return b"".join(out)


def _commands() -> bytes:
    out = [line("Where to go from here", 56, 244, font="F2", size=15, colour=_ROSE)]
    for i, (command, remark) in enumerate(_NEXT):
        y = 212 - 32 * i
        out += [
            f"0.13 0.11 0.24 rg 48 {y - 9} 244 25 re f\n".encode("ascii"),
            line(command, 58, y, font="F4", size=10, colour="1 0.90 0.84"),
            line(remark, 310, y, size=10, colour=_SOFT),
        ]
    out.append(line("Nothing in Notion is ever changed that notion-sync did not put there.", 56, 72,
                    font="F3", size=10, colour=_SOFT))  # fmt: skip
    return b"".join(out)
