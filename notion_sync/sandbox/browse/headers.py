"""What browsers may do with what the browse page serves.

The page runs its own scripts and nothing else, loads nothing from elsewhere and stands in nobody's frame. Files
are inert: images, sound and video play inside the page; opened on their own they are sandboxed; what a browser
could take for a page of ours (HTML, XML …) is only ever a download.
"""

from urllib.parse import quote

from notion_sync.sandbox.filetypes import essence

PAGE = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "frame-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_INERT = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
# A sandboxed PDF is refused by Chromium's viewer, which runs no scripts of a page anyway.
_VIEWER = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"


def of_file(filename: str | None, content_type: str | None, *, download: bool) -> dict[str, str]:
    """The headers of a file's bytes."""
    mime = essence(content_type or "")
    is_pdf = mime == "application/pdf"
    shown = is_pdf or mime.partition("/")[0] in ("image", "audio", "video") or mime == "application/mp4"
    inline = shown and not download
    return {
        "Content-Type": _served_as(mime) if shown else "application/octet-stream",
        "Content-Disposition": f"{'inline' if inline else 'attachment'}; filename*=UTF-8''"
        + quote((filename or "file").encode("utf-8", "replace"), safe=""),
        "Content-Security-Policy": _VIEWER if is_pdf else _INERT,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, max-age=3600",
    }


def _served_as(mime: str) -> str:
    return "video/mp4" if mime == "application/mp4" else mime
