"""Hash of what a rule takes and how it sends it: a record made under a rule is valid while this key is unchanged."""

import hashlib
from collections.abc import Sequence

from notion_sync.rules import PageTarget, Rule, Target, overlap
from notion_sync.selection.built_in import built_in_version
from notion_sync.selection.key_material import key_material_version


def rule_key(rule: Rule, earlier: Sequence[Rule] = ()) -> bytes:
    """Return a key that is equal as long as the same files are sent to the same places in the same way.

    It is the same in every process. The rule's name, its timing and captions are not part of it, because they
    change nothing about a file that is already in place.

    Args:
        rule: The rule.
        earlier: The rules before it, which may take files away from it.
    """
    near = [r for r in earlier if overlap(r.folder, rule.folder)]
    built_in = (built_in_version(), key_material_version())
    plain = [built_in, _taking(rule), _sending(rule), [_taking(r) for r in near]]
    # Names that are not valid UTF-8 contain surrogates.
    text = repr(plain).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).digest()


def _taking(rule: Rule) -> dict[str, object]:
    # What `--since` leaves at home it leaves in one pass; that is no other way of taking files.
    new = {"only_new": rule.since} if rule.only_new else {}
    return new | {
        "folder": rule.folder,
        "match": rule.match.lines,
        "ignore": rule.ignore.lines,
        "hidden": rule.hidden,
        "links": rule.follow_symlinks,
        "max_size": rule.max_size,
    }


def _sending(rule: Rule) -> dict[str, object]:
    return {
        "targets": [(target.key, *_basis(target)) for target in rule.targets],
        "unsupported": str(rule.unsupported),
        "link files": str(rule.links),
        "subfolders": str(rule.subfolders),
        "on_change": str(rule.on_change),
    }


def _basis(target: Target) -> tuple[str, ...]:
    if isinstance(target, PageTarget):
        return (str(target.kind),)
    return (target.row.text, str(target.body), str(target.kind))
