"""Every endpoint: method, path, function. Other requests are answered with `invalid_request_url`."""

import re
from dataclasses import dataclass

from notion_sync.sandbox.api import (
    append,
    blocks,
    databases,
    pages,
    property_items,
    query,
    search,
    send,
    uploads,
    users,
)
from notion_sync.sandbox.api.call import Handler


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint."""

    method: str
    path: str
    """`{name}` is a path parameter; all but `property_id` are UUIDs."""
    handler: Handler
    name: str
    takes_form: bool = False
    """The body is a form with a file."""


ROUTES = (
    Route("GET", "/v1/users/me", users.me, "users.me"),
    Route("POST", "/v1/file_uploads", uploads.create, "file_uploads.create"),
    Route("GET", "/v1/file_uploads", uploads.list_uploads, "file_uploads.list"),
    Route("GET", "/v1/file_uploads/{file_upload_id}", uploads.retrieve, "file_uploads.retrieve"),
    Route("POST", "/v1/file_uploads/{file_upload_id}/send", send.send, "file_uploads.send", takes_form=True),
    Route("POST", "/v1/file_uploads/{file_upload_id}/complete", uploads.complete, "file_uploads.complete"),
    Route("GET", "/v1/blocks/{block_id}", blocks.retrieve, "blocks.retrieve"),
    Route("PATCH", "/v1/blocks/{block_id}", blocks.update, "blocks.update"),
    Route("DELETE", "/v1/blocks/{block_id}", blocks.delete, "blocks.delete"),
    Route("GET", "/v1/blocks/{block_id}/children", blocks.children, "blocks.children.list"),
    Route("PATCH", "/v1/blocks/{block_id}/children", append.append, "blocks.children.append"),
    Route("POST", "/v1/pages", pages.create, "pages.create"),
    Route("GET", "/v1/pages/{page_id}", pages.retrieve, "pages.retrieve"),
    Route("PATCH", "/v1/pages/{page_id}", pages.update, "pages.update"),
    Route(
        "GET",
        "/v1/pages/{page_id}/properties/{property_id}",
        property_items.property_item,
        "pages.properties",
    ),
    Route("POST", "/v1/databases", databases.create, "databases.create"),
    Route("GET", "/v1/databases/{database_id}", databases.retrieve, "databases.retrieve"),
    Route("PATCH", "/v1/databases/{database_id}", databases.update, "databases.update"),
    Route("POST", "/v1/databases/{database_id}/query", query.query_database, "databases.query"),
    Route("POST", "/v1/data_sources", databases.create_source, "data_sources.create"),
    Route("GET", "/v1/data_sources/{data_source_id}", databases.retrieve_source, "data_sources.retrieve"),
    Route("PATCH", "/v1/data_sources/{data_source_id}", databases.update_source, "data_sources.update"),
    Route("POST", "/v1/data_sources/{data_source_id}/query", query.query_source, "data_sources.query"),
    Route("POST", "/v1/search", search.search, "search"),
)
_PATTERNS = tuple((route, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route.path))) for route in ROUTES)


def match(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the endpoint of a request and the parameters in its path, unchanged."""
    for route, pattern in _PATTERNS:
        found = pattern.fullmatch(path) if route.method == method else None
        if found is not None:
            return route, found.groupdict()
    return None
