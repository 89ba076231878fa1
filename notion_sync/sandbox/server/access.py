"""Access control of the sandbox: other users of this machine can reach its loopback address, too.

The API accepts the tokens of its connections, and downloads are signed. Controls need the workspace's own token, and
the browse page the key in its address; both can only be read by the user who runs the sandbox.
"""

import hashlib
import hmac
import re
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from aiohttp import web

from notion_sync.sandbox.ids import undashed
from notion_sync.sandbox.workspace import Workspace

# Allowed Host headers (RFC 9110, 7.2): one of these names, with an optional port.
_LOOPBACK = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)


def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine, so that no web page can reach the sandbox under its own name."""
    return _LOOPBACK.fullmatch(host) is not None


def is_own_origin(request: web.BaseRequest) -> bool:
    """Whether a request has no Origin, or the sandbox's own; browsers name there the page of a request."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("Host")


def may_control(workspace: Workspace, request: web.BaseRequest) -> bool:
    """Whether a request has the workspace's own token."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and _equal(token.strip(), workspace.token)


def browse_key(workspace: Workspace) -> str:
    """Return the key of the browse page, the same at each start on the same folder."""
    return hmac.new(workspace.secret, b"browse", hashlib.sha256).hexdigest()[:32]


def may_browse(workspace: Workspace, request: web.BaseRequest) -> bool:
    """Whether a request has the key: in its address, or in the cookie set by an earlier request."""
    try:
        cookies = SimpleCookie(request.headers.get("Cookie", ""))
    except CookieError:
        cookies = SimpleCookie()
    cookie = cookies.get(_cookie_name(workspace))
    shown = (request.query.get("key", ""), cookie.value if cookie is not None else "")
    return any(_equal(each, browse_key(workspace)) for each in shown)


def browse_cookie(workspace: Workspace, path: str) -> str:
    """Return the cookie for what the page loads; its name differs between the sandboxes of one machine."""
    return f"{_cookie_name(workspace)}={browse_key(workspace)}; Path={path}; HttpOnly; SameSite=Strict"


def _cookie_name(workspace: Workspace) -> str:
    return f"sandbox-{undashed(workspace.space_id)}"


def _equal(shown: str, secret: str) -> bool:
    return hmac.compare_digest(shown.encode(errors="replace"), secret.encode())
