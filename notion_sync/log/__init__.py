"""What the program says to people (`Console`), and the trace of what it does (`logging`).

The trace is written with the standard library, by topic, wherever something is decided or asked for:

    logger = logging.getLogger("notion_sync.http")
    logger.info("answered", extra={"fields": {"method": "PATCH", "status": 200, "seconds": 0.31}})
    logger.debug("waits for the rate budget: %s", lane, extra={"fields": {"seconds": 1.2}})

| topic | says |
|---|---|
| `notion_sync.scan` | what was found on disk, and what was left out for what reason |
| `notion_sync.plan` | what is to become of a file at a target, and why |
| `notion_sync.journal` | writes that begin, end, and are looked for after a lost answer |
| `notion_sync.http` | each attempt of a request: method, path, status, Notion's request id, seconds |
| `notion_sync.watch` | events, due times, passes, and whether one may run |
| `notion_sync.cli` | which command begins, of which version |

The contract for whoever writes a record:

* INFO is what somebody needs who asks "why did it do that?": a few lines a file. DEBUG is the rest.
* The message is a constant text with `%` arguments; what a program may want to pick out goes into `fields`, a mapping
  of names to values. Text is printed as `time level topic message key=value …`; JSON has the fields at its top
  level, beside `time`, `level`, `topic`, `message` and, where `exc_info` was given, `exception`. A field that has
  one of these names gets an underscore at its end.
* Any thread may log. A record that nobody wants costs one comparison, as long as its arguments are cheap.
* No record has to be careful with tokens and signed addresses: `redaction` takes them out of messages, arguments,
  fields and tracebacks. A secret that has to be known for that is passed to `register_secret` by whoever reads it.
* Names with control characters, line breaks and undecodable bytes may be passed as they are: a record without a
  traceback is one line.

Without `-v` and `--log-file` nothing of this is written (`silence`); with them it goes where `tracing.configure` says.
"""

from notion_sync.log.console import Console, Level, is_journal, is_terminal

__all__ = ["Console", "Level", "is_journal", "is_terminal"]
