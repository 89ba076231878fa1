"""Put the document of `explain` into words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from notion_sync.cli.places import local_time
from notion_sync.model import plain_reason
from notion_sync.text.visible import visible
from notion_sync.text.words import counted, human_seconds

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


def explanation_lines(document: Document, *, verbose: bool = False) -> Iterator[str]:
    """Yield the document as lines; Notion's own words and the ids of its answers only if `verbose`."""
    if not verbose:
        document = {
            **document,
            **{
                key: [*map(_plain, document[key])]
                for key in ("refused", "failed", "next")
                if document.get(key)
            },
        }
    yield document["path"]
    kind = document["kind"]
    if kind == "folder":
        yield from _folder_lines(document)
        return
    yield from _rule_lines(document)
    if kind in ("link", "special"):
        what = "a symbolic link" if kind == "link" else "not a regular file: a pipe, a socket or a device"
        yield _line("state", f"it is {what}")
    else:
        yield _line("state", document["state"])
    if (wait := document["settles_in"]) is not None:
        yield _line("", f"it was written to a moment ago; it is taken in {human_seconds(wait)} if it rests")
    keys = [each["target"] for each in document["targets"]]
    for each in document["targets"]:
        yield _line("target", f"{each['url']} as {each['as']}")
        yield from _lines_at(each["target"], document, keys)
    yield from _lines_at(None, document, keys)
    yield from _remark_lines(document)


def _plain(entry: Document) -> Document:
    return {**entry, "reason": plain_reason(entry["reason"])}


def _lines_at(target: str | None, document: Document, keys: Sequence[str]) -> Iterator[str]:
    """Yield what is known of one target, and what would happen there; None for targets that are not in use."""

    def here(entries: str) -> Iterator[Document]:
        return (each for each in document[entries] if _owner(each["target"], keys) == target)

    for each in here("in_notion"):
        if each["undone"] is not None:
            yield _line("undone", f"taken back on {local_time(each['undone'])}; it is in Notion's trash")
            continue
        yield _line("in Notion", f"{each['url']} as {each['as']}, since {local_time(each['since'])}")
    for each in here("refused"):
        where = f"at {each['target']}; " if target is None else ""
        yield _line("refused", f"{each['reason']} ({where}notion-sync retry tries it again)")
    for each in here("failed"):
        yield _line("failed", f"{local_time(each['since'])}, and a push tries again: {each['reason']}")
    for each in here("next"):
        text = "nothing" if each["action"] == "unchanged" and each["reason"] else _NEXT[each["action"]]
        if each["action"] in ("attached", "replaced") and each.get("reuses_upload"):
            text += ", with bytes that are in Notion already"
        yield _line("next", text + (f": {each['reason']}" if each["reason"] else ""))


def _owner(key: str | None, keys: Sequence[str]) -> str | None:
    """Return the target in use that a recorded key belongs to: its own, or the one it is a part of (`KEY#body`)."""
    if key is None or key in keys:
        return key
    owner = key.rpartition("#")[0]
    return owner if owner in keys else None


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


def _remark_lines(document: Document) -> Iterator[str]:
    """Yield why nothing would happen, if so."""
    if document["rule"] is None:
        known = document["in_notion"] and document["kind"] != "missing"
        yield _line("next", "nothing" + ("; what is in Notion stays there" if known else ""))
    elif document["kind"] == "missing" and not document["next"]:
        kept = "; what is in Notion stays there" if document["in_notion"] else ""
        yield _line("next", f"nothing, unless it comes back{kept}")
    elif not document["next"]:
        yield _line("next", "nothing")


def _line(title: str, text: str) -> str:
    return f"  {title:<10}{visible(text)}"
