"""Messages for people (`Console`), and the trace of what the program does (`logging`).

The trace uses the standard library, with one logger for each topic, wherever something is decided or requested:

    logger = logging.getLogger("notion_sync.http")
    logger.info("answered", extra={"fields": {"method": "PATCH", "status": 200, "seconds": 0.31}})
    logger.debug("waits for the rate budget: %s", lane, extra={"fields": {"seconds": 1.2}})

| topic | content |
|---|---|
| `notion_sync.scan` | what was found on disk, and what was left out for what reason |
| `notion_sync.plan` | what is to be done with a file at a target, and why |
| `notion_sync.journal` | writes that begin, end, and are looked for after a lost answer |
| `notion_sync.http` | each attempt of a request: method, path, status, Notion's request id, seconds |
| `notion_sync.watch` | events, due times, passes, and whether one may run |
| `notion_sync.cli` | which command begins, of which version |

Rules for writing a record:

* INFO answers "why did it do that?": a few lines a file. DEBUG is the rest.
* The message is a constant text with `%` arguments. Values that a program may want to extract go into `fields`, a
  mapping of names to values. Text is printed as `time level topic message key=value …`. JSON has the fields at its top
  level, beside `time`, `level`, `topic`, `message` and, if `exc_info` was given, `exception`; a field with one of these
  names gets a trailing underscore.
* Any thread may log. A record that is not written costs one comparison, provided that its arguments are cheap.
* Records need no care about tokens and signed addresses: `redaction` removes them from messages, arguments, fields and
  tracebacks. Code that reads another secret must pass it to `register_secret`.
* Names with control characters, line breaks and undecodable bytes may be passed unchanged: a record without a traceback
  is one line.

Without `-v` and `--log-file` no record is written (`silence`); otherwise `tracing.configure` decides where they go.
"""

from notion_sync.log.console import Console, Level, is_journal, is_terminal, said, terminal_columns

__all__ = ["Console", "Level", "is_journal", "is_terminal", "said", "terminal_columns"]
