"""A client of a core in the test's own process: no server, no HTTP."""

import json
from typing import Any
from urllib.parse import urlsplit

from notion_sync.sandbox.core import Core
from notion_sync.sandbox.messages import Answer, Cut, Delayed, Request
from tests.sandbox.support import NEWEST, PNG

Json = dict[str, Any]


class Caller:
    """Asks a core as a client would, without HTTP.

    Args:
        core: Whom to ask.
        token: Of whom, by default of the workspace's own connection.
    """

    def __init__(self, core: Core, token: str | None = None) -> None:
        self.core = core
        self.answers: list[bytes] = []
        self._own = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(
        self, method: str, path: str, body: object = None, version: str = NEWEST
    ) -> Answer | Cut | Delayed:
        bare, _, query = path.partition("?")
        raw = b"" if body is None else json.dumps(body).encode()
        return self.core.handle(
            Request(method, bare, query, {**self.core.headers(version), **self._own}, raw)
        )

    def ok(self, method: str, path: str, body: object = None, version: str = NEWEST) -> Json:
        return self._checked(self.ask(method, path, body, version))

    def refused(self, method: str, path: str, body: object = None, version: str = NEWEST) -> Json:
        """The error object of a request that must be refused."""
        answer = self.ask(method, path, body, version)
        assert isinstance(answer, Answer)
        assert answer.status >= 400, answer.body
        value: Json = json.loads(answer.body)
        return value

    def _checked(self, answer: Answer | Cut | Delayed) -> Json:
        assert isinstance(answer, Answer)
        assert answer.status == 200, answer.body
        self.answers.append(answer.body)
        value: Json = json.loads(answer.body)
        return value

    def send(self, upload_id: str, data: bytes, content_type: str, part: int | None = None) -> Json:
        number = (
            b""
            if part is None
            else f'--b\r\nContent-Disposition: form-data; name="part_number"\r\n\r\n{part}\r\n'.encode()
        )
        head = '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n'
        head += f"Content-Type: {content_type}\r\n\r\n"
        headers = {**self.core.headers(), **self._own, "content-type": "multipart/form-data; boundary=b"}
        body = number + head.encode() + data + b"\r\n--b--\r\n"
        return self._checked(
            self.core.handle(Request("POST", f"/v1/file_uploads/{upload_id}/send", "", headers, body))
        )

    def download(self, url: str, **headers: str) -> Answer:
        parts = urlsplit(url)
        answer = self.core.handle(Request("GET", parts.path, parts.query, headers))
        assert isinstance(answer, Answer)
        return answer

    def append(self, *blocks: Json) -> Json:
        return self.ok("PATCH", f"/v1/blocks/{self.core.workspace.page_id}/children", {"children": blocks})

    def upload(self, data: bytes = PNG) -> str:
        created = self.ok("POST", "/v1/file_uploads", {"filename": "a.png"})
        return str(self.send(created["id"], data, "image/png")["id"])
