"""File types that Notion accepts: extensions, content types, and which blocks can show them.

`CLASSIC` is the table "Supported file types" of the page "Working with files and media" until mid 2026. `WIDENED` has
the additions of September 2026.
"""

# guess: WIDENED is known from two later transcriptions of that page, not from an official copy; the content
# types of its rows are IANA's, with the aliases that browsers and operating systems use

from notion_sync.sandbox.options import Types

_OOXML = "application/vnd.openxmlformats-officedocument."
_WORD = "application/msword"
_EXCEL = "application/vnd.ms-excel"
_POWERPOINT = "application/vnd.ms-powerpoint"

# The first content type in a row is the one inferred from the extension.
CLASSIC = {
    "aac": "audio/aac",
    "adts": "audio/aac",
    "mid": "audio/midi",
    "midi": "audio/midi",
    "mp3": "audio/mpeg",
    "mpga": "audio/mpeg",
    "m4a": "audio/mp4",
    "m4b": "audio/mp4",
    # Not video/mp4 (recorded answer), although video/mp4 and audio/mp4 are accepted when declared.
    "mp4": "application/mp4 video/mp4 audio/mp4",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "wma": "audio/x-ms-wma",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "json": "application/json",
    "doc": _WORD,
    "dot": _WORD,
    "docx": _OOXML + "wordprocessingml.document",
    "dotx": _OOXML + "wordprocessingml.template",
    "xls": _EXCEL,
    "xlt": _EXCEL,
    "xla": _EXCEL,
    "xlsx": _OOXML + "spreadsheetml.sheet",
    "xltx": _OOXML + "spreadsheetml.template",
    "ppt": _POWERPOINT,
    "pot": _POWERPOINT,
    "pps": _POWERPOINT,
    "ppa": _POWERPOINT,
    "pptx": _OOXML + "presentationml.presentation",
    "potx": _OOXML + "presentationml.template",
    "gif": "image/gif",
    "heic": "image/heic",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "webp": "image/webp",
    "ico": "image/vnd.microsoft.icon",
    "amv": "video/x-amv",
    "asf": "video/x-ms-asf",
    "wmv": "video/x-ms-asf",
    "avi": "video/x-msvideo",
    "f4v": "video/x-f4v",
    "flv": "video/x-flv",
    "gifv": "video/mp4",
    "m4v": "video/mp4",
    "mkv": "video/webm",
    "webm": "video/webm",
    "mov": "video/quicktime",
    "qt": "video/quicktime",
    "mpeg": "video/mpeg",
}
WIDENED = {
    "opus": "audio/opus",
    "weba": "audio/webm",
    "flac": "audio/flac audio/x-flac",
    "csv": "text/csv",
    "js": "text/javascript application/javascript",
    "ts": "text/typescript application/typescript text/x-typescript application/x-typescript",
    "tsx": "text/tsx text/typescript-jsx text/x-tsx",
    "py": "text/x-python application/x-python text/x-python-script",
    "rtf": "application/rtf text/rtf",
    "md": "text/markdown text/x-markdown",
    "markdown": "text/markdown",
    "html": "text/html application/html",
    "htm": "text/html",
    "epub": "application/epub+zip",
    "xml": "application/xml text/xml",
    "css": "text/css",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "ics": "text/calendar",
    "yaml": "application/yaml text/yaml application/x-yaml text/x-yaml",
    "yml": "application/yaml",
    "tsv": "text/tab-separated-values",
    "zip": "application/zip application/x-zip-compressed",
    "gz": "application/gzip application/x-gzip",
    "gzip": "application/gzip",
    "tar": "application/x-tar",
    "7z": "application/x-7z-compressed",
    "bz2": "application/x-bzip2 application/x-bzip",
    "rar": "application/vnd.rar application/x-rar-compressed application/x-rar",
    "bmp": "image/bmp",
    "avif": "image/avif",
    "apng": "image/apng",
    "ogv": "video/ogg",
    "3gp": "video/3gpp",
    "3g2": "video/3gpp2",
    "dwg": "image/vnd.dwg application/acad",
    "dxf": "image/vnd.dxf application/dxf",
    "dwf": "model/vnd.dwf drawing/x-dwf",
    "rvt": "application/x-revit application/vnd.autodesk.revit",
    "rfa": "application/x-revit",
    "fbx": "application/x-fbx model/fbx model/x-fbx model/vnd.fbx",
    "3dm": "model/vnd.3dm model/3dm model/x-3dm",
    "step": "model/step application/step",
    "stp": "model/step",
    "iges": "model/iges application/iges",
    "igs": "model/iges",
    "stl": "model/stl application/sla application/vnd.ms-pki.stl",
    "obj": "model/obj",
    "3mf": "model/3mf application/vnd.ms-package.3dmanufacturing-3dmodel+xml",
    "gltf": "model/gltf+json",
    "glb": "model/gltf-binary",
    "dae": "model/vnd.collada+xml",
    "usdz": "model/vnd.usdz+zip",
}

_TABLES: dict[Types, dict[str, str]] = {"classic": CLASSIC, "2026-09": CLASSIC | WIDENED}
_TYPES: dict[Types, frozenset[str]] = {
    name: frozenset(" ".join(table.values()).split()) for name, table in _TABLES.items()
}


def extension(filename: str) -> str | None:
    """Return what follows the last dot, in lower case; None if there is none."""
    stem, dot, ext = filename.rpartition(".")
    return ext.lower() if dot and stem and ext else None


def essence(content_type: str) -> str:
    """Return a content type in lower case and without parameters."""
    return content_type.partition(";")[0].strip().lower()


def is_supported_extension(ext: str | None, types: Types) -> bool:
    """Whether a file of this extension may be uploaded."""
    return ext in _TABLES[types]


def is_supported_type(content_type: str, types: Types) -> bool:
    """Whether a file of this content type may be uploaded.

    `audio/x-wav` is refused (recorded answer), and so is any type that is not in the table.
    """
    # guess: application/octet-stream is refused under both tables; sources contradict each other
    return essence(content_type) in _TYPES[types]


def inferred_type(ext: str, types: Types) -> str:
    """Return the content type that Notion gives a file created with its name alone."""
    name = _TABLES[types][ext].split()[0]
    # Reported for .txt by users who had to echo it.
    # guess: all text types and JSON carry the charset, as the mime-types package of npm gives it
    if name.startswith("text/") or name == "application/json":
        return f"{name}; charset=utf-8"
    return name


def inferred_extension(content_type: str, types: Types) -> str | None:
    """Return the extension that Notion appends to a name without one."""
    wanted = essence(content_type)
    for ext, names in _TABLES[types].items():
        if wanted in names.split():
            return ext
    return None


def fits(kind: str, content_type: str | None) -> bool:
    """Whether a file of this type may be in a block of this kind, or be an `icon` or `cover`.

    "Working with files and media": no video in an image block, no text in a video block, no PDF as an icon.
    """
    mime = essence(content_type or "")
    if kind in ("image", "icon", "cover"):
        return mime.startswith("image/")
    if kind in ("video", "audio"):
        # A recorded answer has application/mp4 in a video block.
        # guess: and in an audio block too, since .mp4 stands in both rows of the table
        return mime.startswith(f"{kind}/") or mime == "application/mp4"
    if kind == "pdf":
        return mime == "application/pdf"
    if kind == "embed":
        # guess: nothing but HTML; nobody has recorded a refusal
        return mime in ("text/html", "application/html")
    return True
