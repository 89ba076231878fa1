"""Where things lie on this machine; systemd's directories first, then the platform's."""

import os
from collections.abc import Mapping

APP = "notion-sync"


def state_folder(explicit: str | None, environ: Mapping[str, str]) -> str:
    """Where the state store is: `--state`, `$STATE_DIRECTORY` (systemd.exec(5)), else the user's state folder."""
    if explicit:
        return os.path.abspath(os.path.expanduser(explicit))
    if systemd := environ.get("STATE_DIRECTORY"):
        return systemd.split(":")[0]
    from platformdirs import user_state_dir

    return user_state_dir(APP)


def sandbox_folder() -> str:
    """Where `sandbox`, `push --sandbox` and `watch --sandbox` keep their workspace."""
    from platformdirs import user_data_dir

    return os.path.join(user_data_dir(APP), "sandbox")
