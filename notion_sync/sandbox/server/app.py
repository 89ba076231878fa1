"""Which part answers a connection: the API, a file download, a control, or the browse page.

Only loopback Host names are answered, so that no web page elsewhere can reach the sandbox under a name of its
own (DNS rebinding); and what changes something takes no request that a browser sends from another page.
"""

from urllib.parse import urlsplit

from aiohttp import web

from notion_sync.sandbox.downloads import is_file_path, signed_content
from notion_sync.sandbox.server.api import head_of, serve_api
from notion_sync.sandbox.server.browse import serve_browse
from notion_sync.sandbox.server.controls import serve_control
from notion_sync.sandbox.server.respond import respond_content
from notion_sync.sandbox.server.shell import Shell

CONTROL = "/__sandbox__/"
BROWSE = "/__sandbox__/browse"

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class App:
    """The handler of every request.

    Args:
        shell: What the parts share.
    """

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        if not _is_loopback(request.headers.get("Host", "")):
            return web.Response(status=421, text="The sandbox answers only to loopback names.\n")
        try:
            return await self._route(request)
        except ConnectionError:
            return web.Response()  # the client went away; nobody reads this

    async def _route(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.rel_url.raw_path
        if path == BROWSE or path.startswith(BROWSE + "/"):
            return await serve_browse(self._shell.workspace, request, path.removeprefix(BROWSE))
        if path.startswith(CONTROL):
            if not _is_own_origin(request):
                return web.Response(status=403, text="Not from another web page.\n")
            return await serve_control(self._shell, request, path.removeprefix(CONTROL))
        workspace = self._shell.workspace
        if is_file_path(workspace, path):
            found = signed_content(workspace, head_of(request))
            return await respond_content(request, workspace.blobs, found)
        if path == "/":
            return web.Response(status=302, headers={"Location": BROWSE})
        return await serve_api(self._shell, request)


def _is_loopback(host: str) -> bool:
    try:
        return urlsplit(f"//{host}").hostname in _LOOPBACK
    except ValueError:
        return False


def _is_own_origin(request: web.BaseRequest) -> bool:
    """Browsers name the page that a request comes from; other clients send no Origin."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("Host")
