"""Dispatch requests to the API, file downloads, controls, or the browse page.

Only loopback Host names are accepted, so that no web page can reach the sandbox under its own name (DNS rebinding).
Requests that change something are refused if a browser sends them from another page.
"""

from aiohttp import web

from notion_sync.sandbox.downloads import is_file_path, signed_content
from notion_sync.sandbox.server.access import is_loopback, is_own_origin, may_browse, may_control
from notion_sync.sandbox.server.api import head_of, serve_api
from notion_sync.sandbox.server.browse import serve_browse
from notion_sync.sandbox.server.controls import serve_control
from notion_sync.sandbox.server.respond import respond_content
from notion_sync.sandbox.server.shell import Shell

CONTROL = "/__sandbox__/"
BROWSE = "/__sandbox__/browse"

_NO_KEY = "Open the whole address that the sandbox has printed (browse_url): the key at its end is needed.\n"
_NOT_AUTHORISED = "The controls take the workspace's own token: Authorization: Bearer …, as it was printed.\n"


class App:
    """The handler of every request.

    Args:
        shell: What the parts share.
    """

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        if not is_loopback(request.headers.get("Host", "")):
            return web.Response(status=421, text="The sandbox answers only to loopback names.\n")
        try:
            return await self._route(request)
        except ConnectionError:
            return web.Response()  # the client has closed the connection

    async def _route(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.rel_url.raw_path
        workspace = self._shell.workspace
        if path == BROWSE or path.startswith(BROWSE + "/"):
            if not may_browse(workspace, request):
                return web.Response(status=403, text=_NO_KEY)
            return await serve_browse(self._shell.core, request, path.removeprefix(BROWSE))
        if path.startswith(CONTROL):
            if not is_own_origin(request):
                return web.Response(status=403, text="Not from another web page.\n")
            if not may_control(workspace, request):
                return web.Response(status=401, text=_NOT_AUTHORISED, headers={"WWW-Authenticate": "Bearer"})
            return await serve_control(self._shell, request, path.removeprefix(CONTROL))
        if is_file_path(workspace, path):
            found = signed_content(workspace, head_of(request))
            return await respond_content(request, workspace.blobs, found)
        if path == "/":
            return web.Response(status=302, headers={"Location": BROWSE})
        return await serve_api(self._shell, request)
