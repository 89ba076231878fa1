"""Where things lie on this machine; systemd's directories first, then the platform's."""

import os
import pwd
from collections.abc import Mapping

from notion_sync.errors import UsageError
from notion_sync.system.paths import absolute, user_folder

SERVICE_STORES = "/var/lib/notion-sync"
"""The stores of system services, each in a folder named after the user whose files it is about (`User=%i`)."""


def state_folder(
    explicit: str | None, environ: Mapping[str, str], *, service_stores: str = SERVICE_STORES
) -> str:
    """Where the state store is.

    `--state`, `$STATE_DIRECTORY` (systemd.exec(5)), else where this user has one: in the user's state folder,
    or the system service's. A store has a record only of what it has brought to Notion itself.

    Raises:
        UsageError: There are two of them.
    """
    if explicit:
        return absolute(explicit)
    if systemd := environ.get("STATE_DIRECTORY"):
        return systemd.split(":")[0]
    own = user_folder("state")
    service = _service_store(service_stores)
    if service is None or not holds_store(service):
        return own
    if holds_store(own):
        raise UsageError(
            f"you have two state stores, {own} and the system service's {service}; each has a "
            "record of its own of what is in Notion",
            hint="choose one with --state DIR, or move the one away that is no longer needed",
        )
    return service


def holds_store(folder: str) -> bool:
    """Whether there is a state store in a folder, as far as this user can see."""
    from notion_sync.state.database import FILE_NAME

    return os.path.exists(os.path.join(folder, FILE_NAME))


def _service_store(stores: str) -> str | None:
    try:
        return os.path.join(stores, pwd.getpwuid(os.geteuid()).pw_name)
    except KeyError:
        return None  # a container's user without a name has no service either


def sandbox_folder() -> str:
    """Where `sandbox`, `push --sandbox` and `watch --sandbox` keep their workspace."""
    return os.path.join(user_folder("data"), "sandbox")
