"""Who may ask the sandbox what: an address of this machine has no owner, and other users can reach it, too.

The API takes the tokens of its connections, downloads are signed. Controls take the workspace's own token, and the
browse page the key in its address: neither is to be had without reading what belongs to the user who serves.
"""

import hashlib
import hmac
import re
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from aiohttp import web

from notion_sync.sandbox.ids import undashed
from notion_sync.sandbox.workspace import Workspace

# What a Host header may be (RFC 9110, 7.2): nothing but one of these names, and a port.
_LOOPBACK = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)


def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine: no web page elsewhere can then reach the sandbox under its own name."""
    return _LOOPBACK.fullmatch(host) is not None


def is_own_origin(request: web.BaseRequest) -> bool:
    """Browsers name the page that a request comes from; other clients send no Origin."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("Host")


def may_control(workspace: Workspace, request: web.BaseRequest) -> bool:
    """Whether a request shows the workspace's own token."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and _equal(token.strip(), workspace.token)


def browse_key(workspace: Workspace) -> str:
    """What opens the browse page, now and at each later start on the same folder."""
    return hmac.new(workspace.secret, b"browse", hashlib.sha256).hexdigest()[:32]


def may_browse(workspace: Workspace, request: web.BaseRequest) -> bool:
    """Whether a request shows the key: in its address, or in the cookie that came of an earlier one."""
    try:
        cookies = SimpleCookie(request.headers.get("Cookie", ""))
    except CookieError:
        cookies = SimpleCookie()
    cookie = cookies.get(_cookie_name(workspace))
    shown = (request.query.get("key", ""), cookie.value if cookie is not None else "")
    return any(_equal(each, browse_key(workspace)) for each in shown)


def browse_cookie(workspace: Workspace, path: str) -> str:
    """The cookie for what the page loads from below its path. Its name tells the sandboxes of one machine apart."""
    return f"{_cookie_name(workspace)}={browse_key(workspace)}; Path={path}; HttpOnly; SameSite=Strict"


def _cookie_name(workspace: Workspace) -> str:
    return f"sandbox-{undashed(workspace.space_id)}"


def _equal(shown: str, secret: str) -> bool:
    return hmac.compare_digest(shown.encode(errors="replace"), secret.encode())
