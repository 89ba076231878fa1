"""Notion's refusals as exceptions: status, code, message (page "Status codes")."""

from collections.abc import Mapping


class ApiError(Exception):
    """An error answer.

    Args:
        status: The HTTP status.
        code: Notion's stable name of the error.
        message: For people; Notion changes the wording without notice.
        additional: `additional_data`: only strings and lists of strings.
        headers: Further response headers.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        additional: Mapping[str, str | list[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.additional = additional
        self.headers = dict(headers or {})


def invalid(message: str) -> ApiError:
    """400 validation_error."""
    return ApiError(400, "validation_error", message)


def invalid_json() -> ApiError:
    """400 invalid_json."""
    return ApiError(400, "invalid_json", "Error parsing JSON body.")


def invalid_url() -> ApiError:
    """400 invalid_request_url: unknown paths and wrong methods alike (recorded answer), never 404 or 405."""
    return ApiError(400, "invalid_request_url", "Invalid request URL.")


def unauthorized() -> ApiError:
    """401 unauthorized."""
    return ApiError(401, "unauthorized", "API token is invalid.")


def missing_version() -> ApiError:
    """400 missing_version."""
    return ApiError(
        400,
        "missing_version",
        "Notion-Version header failed validation: Notion-Version header should be defined, instead was "
        "`undefined`.",
    )


def restricted(message: str = "API token does not have access to this resource.") -> ApiError:
    """403 restricted_resource: a capability that the connection lacks."""
    return ApiError(403, "restricted_resource", message)


def block_limit() -> ApiError:
    """403 restricted_resource with `block_limit`: a full free workspace ("Workspace block limits")."""
    # guess: the wording and the value of `block_limit`; the page names only the code and the key
    return ApiError(
        403,
        "restricted_resource",
        "This workspace has reached its block limit.",
        additional={"block_limit": "block_creation"},
    )


def not_found(kind: str, id_: str, bot_name: str, bot_id: str) -> ApiError:
    """404 object_not_found: the same for what does not exist and for what is not shared.

    The answer contains the connection's name and an id (recorded answers).
    """
    # guess: that this id is the bot user's
    return ApiError(
        404,
        "object_not_found",
        f"Could not find {kind} with ID: {id_}. Make sure the relevant pages and databases are shared with "
        "your "
        f'integration "{bot_name}".',
        additional={"integration_id": bot_id},
    )


def wrong_kind(id_: str, is_: str, expected: str) -> ApiError:
    """400 validation_error for a page's id where a database is expected, or the reverse.

    In the words that users of both endpoints report; other endpoints answer 404.
    """
    return invalid(f"Provided ID {id_} is a {is_}, not a {expected}. Use the retrieve {is_} API instead.")


def upload_not_usable(id_: str) -> ApiError:
    """404 object_not_found for an upload that is unknown, foreign, pending, expired or failed."""
    # guess: the status (the text is reported by users with the code object_not_found, its status is not), and
    # that expired and failed uploads are refused in the same words as pending ones
    return ApiError(
        404,
        "object_not_found",
        f"Could not find file_upload with ID: {id_}. Confirm the status of the file upload is `uploaded` "
        "and that your integration has capabilities to update or insert content.",
    )


def trashed(kind: str = "block") -> ApiError:
    """400 validation_error for a change to something in the trash."""
    return invalid(f"Can't edit {kind} that is archived. You must unarchive the {kind} before editing.")


def rate_limited(retry_after: int, reason: str = "public_api_request_rate_limit") -> ApiError:
    """429 rate_limited, with the seconds until the window ends ("Request limits")."""
    return ApiError(
        429,
        "rate_limited",
        "You have been rate limited. Please try again in a few minutes.",
        additional={"rate_limit_reason": reason, "retry_after": str(retry_after)},
        headers={"Retry-After": str(retry_after)},
    )
