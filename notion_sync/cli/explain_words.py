"""What `explain` found out, in words."""

from collections.abc import Iterator, Mapping
from typing import Any

from notion_sync.cli.places import local_time
from notion_sync.words import counted, human_seconds, printable

Document = Mapping[str, Any]

_NEXT = {
    "attached": "it is attached",
    "replaced": "its block gets the new content",
    "renamed": "the block it had under its old name follows it",
    "removed": "its block goes to the trash",
    "unchanged": "nothing: it is where it should be",
    "skipped": "it stays at home",
    "deferred": "it waits for another pass",
    "failed": "it fails",
}


def explanation_lines(document: Document) -> Iterator[str]:
    """The document in words."""
    yield document["path"]
    kind = document["kind"]
    if kind == "folder":
        yield from _folder_lines(document)
        return
    yield from _rule_lines(document)
    if kind in ("link", "special"):
        what = "a symbolic link" if kind == "link" else "no regular file: a pipe, a socket or a device"
        yield _line("state", f"it is {what}")
    else:
        yield _line("state", document["state"])
    if (wait := document["settles_in"]) is not None:
        yield _line("", f"it was written to a moment ago; it is taken in {human_seconds(wait)} if it rests")
    for each in document["in_notion"]:
        yield _line("in Notion", f"{each['url']} as {each['as']}, since {local_time(each['since'])}")
    for each in document["refused"]:
        yield _line("refused", f"{each['reason']} (at {each['target']}; notion-sync retry tries it again)")
    yield from _next_lines(document)


def _folder_lines(document: Document) -> Iterator[str]:
    for each in document["rules"]:
        verb = "looks into it" if each["takes"] else "does not look into it"
        yield _line("rule", f"{each['rule']} {verb}" + (f": {each['reason']}" if each["reason"] else ""))
    if not any(each["takes"] for each in document["rules"]):
        yield _line("next", "nothing: no rule looks into this folder")
    yield _line("in Notion", f"{counted(int(str(document['files_in_notion'])), 'file')} of this folder")


def _rule_lines(document: Document) -> Iterator[str]:
    if (taker := document["rule"]) is not None:
        yield _line("rule", f"{taker} takes it")
    else:
        yield _line("rule", "none takes it")
    for each in document["rules"]:
        if each["rule"] != taker:
            yield _line("", f"not {each['rule']}: {each['reason']}")
    for each in document["targets"]:
        yield _line("target", f"{each['url']} as {each['as']}")


def _next_lines(document: Document) -> Iterator[str]:
    if document["rule"] is None:
        known = document["in_notion"] and document["kind"] != "missing"
        yield _line("next", "nothing" + ("; what is in Notion stays there" if known else ""))
    elif document["kind"] == "missing" and not document["next"]:
        kept = "; what is in Notion stays there" if document["in_notion"] else ""
        yield _line("next", f"nothing, unless it comes back{kept}")
    elif not document["next"]:
        yield _line("next", "nothing")
    for each in document["next"]:
        text = _NEXT[each["action"]]
        if each["action"] in ("attached", "replaced") and each["reuses_upload"]:
            text += ", with bytes that are in Notion already"
        yield _line("next", text + (f": {each['reason']}" if each["reason"] else ""))


def _line(title: str, text: str) -> str:
    return f"  {title:<10}{printable(text)}"
