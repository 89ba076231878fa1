"""The end of a pass that cannot go on: asked for by a signal, or by a failure that concerns the whole run."""

from notion_sync.clock import Clock


class Halt:
    """Ends the pass: nothing is admitted any more, all that waits gives up, what is under way is finished.

    Args:
        clock: Ends the waits.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.error: BaseException | None = None
        """Why; the first reason where there are several. None while the pass goes on."""

    def stop(self, error: BaseException) -> None:
        """The pass cannot go on."""
        if self.error is None:
            self.error = error
            self._clock.halt()
