"""Which part answers a connection: the API, a file download, a control, or the browse page.

Only loopback Host names are answered, so that no web page elsewhere can reach the sandbox under a name of its
own (DNS rebinding); and what changes something takes no request that a browser sends from another page.
"""

from urllib.parse import urlsplit

from aiohttp import web

from notion_sync.sandbox.browse.serve import serve_browse
from notion_sync.sandbox.control.endpoints import serve_control
from notion_sync.sandbox.downloads import is_file_path, serve_signed
from notion_sync.sandbox.gateway import Gateway, serve_api

CONTROL = "/__sandbox__/"
BROWSE = "/__sandbox__/browse"

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class App:
    """The handler of every request.

    Args:
        gateway: What the parts share.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

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
            return await serve_browse(self._gateway.workspace, request, path.removeprefix(BROWSE))
        if path.startswith(CONTROL):
            if not _is_own_origin(request):
                return web.Response(status=403, text="Not from another web page.\n")
            return await serve_control(self._gateway, request, path.removeprefix(CONTROL))
        if is_file_path(self._gateway.workspace, path):
            return await serve_signed(self._gateway.workspace, request)
        if path == "/":
            return web.Response(status=302, headers={"Location": BROWSE})
        return await serve_api(self._gateway, request)


def _is_loopback(host: str) -> bool:
    try:
        return urlsplit(f"//{host}").hostname in _LOOPBACK
    except ValueError:
        return False


def _is_own_origin(request: web.BaseRequest) -> bool:
    """Browsers name the page that a request comes from; other clients send no Origin."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("Host")
