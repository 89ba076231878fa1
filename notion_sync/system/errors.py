"""Recognise temporary system errors: a retry may succeed without any action by the user."""

import errno

_PASSING = frozenset(
    (
        errno.EAGAIN,  # a lease is held on the file (fcntl(2)), or there is no thread or memory at the moment
        errno.EBUSY,
        errno.ETXTBSY,
        errno.ESTALE,  # a file on a server that was re-exported
        errno.EINTR,
        errno.ETIMEDOUT,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.ENOBUFS,
        errno.ENOLCK,
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EHOSTDOWN,  # the server of a network file system
        errno.EHOSTUNREACH,
        errno.ENETUNREACH,
        errno.ENETDOWN,
        errno.ECONNREFUSED,
        errno.ECONNRESET,
        errno.ECONNABORTED,
        errno.ENOTCONN,  # FUSE without its process
    )
)

_NO_THREAD = "can't start new"


def is_temporary(error: BaseException) -> bool:
    """Whether an error is temporary: a retry may succeed although nothing was done about the file or folder."""
    if isinstance(error, OSError):
        return error.errno in _PASSING
    return isinstance(error, MemoryError) or is_no_thread(error)


def is_no_thread(error: BaseException) -> bool:
    """Whether the system refuses to start a thread: a `RuntimeError` that only its text identifies."""
    return isinstance(error, RuntimeError) and _NO_THREAD in str(error)
