"""Read a setting or a secret from a small regular file, whole.

A configured path may lead to a pipe without a writer, to a terminal, or to /dev/zero; those must not block or flood us.
"""

import errno
import os
import stat
from typing import Final

_KINDS: Final = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def read_small(path: str | os.PathLike[str], most: int) -> tuple[bytes, os.stat_result]:
    """Return the content of a file and its stat at the time of reading.

    Args:
        path: Symlinks are followed.
        most: Maximum size in bytes.

    Raises:
        OSError: It cannot be read, is not a regular file, or is too large; `strerror` says so in words.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except ValueError as error:  # the path contains a null character
        raise OSError(errno.EINVAL, str(error), path) from error
    except OSError as error:
        if error.errno == errno.ENXIO:  # the path is a socket
            raise OSError(errno.EINVAL, "it is a socket, not a file", path) from error
        raise
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        for is_kind, name in _KINDS:
            if is_kind(status.st_mode):
                raise OSError(errno.EINVAL, f"it is {name}, not a file", path)
        content = file.read(most + 1)
    if len(content) > most:
        bound = f"{most >> 20} MiB" if most >= 1 << 20 else f"{most >> 10} KiB"
        raise OSError(errno.EFBIG, f"it is larger than {bound}", path)
    return content, status
