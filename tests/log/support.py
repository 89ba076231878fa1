"""A logger that pytest does not hear."""

import logging


def unheard(name: str) -> logging.Logger:
    """A logger with our handlers, but outside of the hierarchy.

    pytest listens at its root: it lets ill-formed records fail, and cannot report texts that are no UTF-8.
    """
    logger = logging.Logger(name)  # noqa: LOG001 - see above
    logger.handlers = logging.getLogger("notion_sync").handlers
    return logger
