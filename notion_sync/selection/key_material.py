"""Detect keys and credentials by the first bytes of a file, whatever its name.

Only signatures are listed that mean a secret in nearly every file: private keys, key and password stores, credential
files of cloud providers, and memory images of programs, which hold whatever was in memory. Certificates, public keys
and encrypted messages are not secrets. A text about keys passes, because the first line of a key must be followed by
the key itself. The signatures of texts are in `secret_texts`.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import cache

from notion_sync.selection.secret_texts import KEY as _KEY
from notion_sync.selection.secret_texts import STORE as _STORE
from notion_sync.selection.secret_texts import TEXTS

HEAD = 8192
"""Bytes that are checked: a comment, a certificate or bag attributes may precede a key."""


def key_material_in(head: bytes) -> str | None:
    """Return what secret a file holds, in words; None if no signature matches.

    Args:
        head: The first bytes of the file; only `HEAD` of them are checked.
    """
    head = head[:HEAD]
    found = _binary().match(head)
    if found is not None:
        assert found.lastgroup is not None
        return BINARY[int(found.lastgroup[1:])][0]
    text = head.replace(b"\0", b"") if b"\0" in head[:8] else head  # UTF-16, as Windows Notepad writes it
    text = text.lstrip(b"\xff\xfe\xef\xbb\xbf")
    for sign in TEXTS:
        if all(word in text for word in sign.words) and re.search(sign.pattern, text):
            return sign.what
    return None


@cache
def key_material_version() -> str:
    """Return a hash of the signatures: after a change, files that an older version took may be excluded."""
    return hashlib.sha256(repr((BINARY, TEXTS, HEAD)).encode()).hexdigest()


@cache
def _binary() -> re.Pattern[bytes]:
    signs = (b"(?P<g%d>%s)" % (number, sign) for number, (_, sign) in enumerate(BINARY))
    return re.compile(b"|".join(signs), re.DOTALL)


_MEMORY = "an image of a program's memory"

# DER (X.690): a sequence with its length in any form, including the indefinite one; object identifiers.
_SEQ = rb"\x30(?:[\x00-\x7f]|\x80|\x81.|\x82..|\x83...|\x84....)"
_RSADSI = rb"\x2a\x86\x48\x86\xf7\x0d\x01"
_RSA_OR_DH = rb"\x09" + _RSADSI + rb"(?:\x01[\x01\x07\x0a]|\x03\x01)"
_EC_OR_DSA = rb"\x07\x2a\x86\x48\xce(?:\x3d\x02\x01|\x38\x04\x01)"
_EDWARDS = rb"\x03\x2b\x65[\x6e-\x71]"
_PASSWORD_BASED = rb"\x06(?:\x09" + _RSADSI + rb"\x05[\x01-\x0d]|\x0a" + _RSADSI + rb"\x0c\x01)"
_SECRET_KEY_PACKET = rb"(?:\x94.|\x95..|\x96....|\xc5(?:[\x00-\xbf]|[\xc0-\xdf].|\xff....))"

BINARY: Sequence[tuple[str, bytes]] = (
    (
        f"{_KEY} (PKCS #8)",
        _SEQ
        + rb"\x02\x01[\x00\x01]"
        + _SEQ
        + rb"\x06(?:"
        + b"|".join((_RSA_OR_DH, _EC_OR_DSA, _EDWARDS))
        + rb")",
    ),
    (f"{_KEY} (PKCS #8)", _SEQ + _SEQ + _PASSWORD_BASED),
    (f"{_KEY} (PKCS #1)", _SEQ + rb"\x02\x01\x00\x02(?:[\x40\x41]|\x81.|\x82..)"),
    (f"{_KEY} (SEC 1)", _SEQ + rb"\x02\x01\x01\x04[\x1c-\x42]"),
    (f"{_KEY} (OpenPGP)", _SECRET_KEY_PACKET + rb"[\x03-\x06]....[\x01-\x03\x10-\x13\x16\x19-\x1c]"),
    (f"{_KEY} (Windows)", rb"\x1e\xf1\xb5\xb0|\x07\x02\x00\x00....(?:RSA2|DSS2)"),
    (f"{_STORE} (PKCS #12)", _SEQ + rb"\x02\x01\x03" + _SEQ + rb"\x06\x09" + _RSADSI + rb"\x07[\x01\x02]"),
    (f"{_STORE} (Java)", rb"\xfe\xed\xfe\xed|\xce\xce\xce\xce|\x00\x00\x00[\x01\x02]\x00\x00\x00\x14"),
    (f"{_STORE} (Java)", _SEQ + _SEQ + _SEQ + rb"\x06\x09" + _RSADSI + rb"\x05\x0d"),
    (f"{_STORE} (KeePass)", rb"\x03\xd9\xa2\x9a[\x65-\x67]\xfb\x4b\xb5"),
    (f"{_STORE} (Password Safe)", rb"PWS3"),
    (f"{_STORE} (a keyring)", rb"kych|GnomeKeyring\n|KWALLET\n"),
    (f"{_STORE} (a wallet)", rb".{12}\x62\x31\x05\x00.*\x04main|SQLite format 3\x00.{52}\xf9\xbe\xb4\xd9"),
    (f"{_KEY} (Tor)", rb"== ed25519v1-secret"),
    (f"{_STORE} (Kerberos)", rb"\x05\x02\x00\x00|\x05\x04\x00[\x00\x0c]"),
    (
        _MEMORY,
        rb"\x7fELF.(?:\x01.{10}\x04\x00|\x02.{10}\x00\x04)|MDMP\x93\xa7|PAGEDU(?:MP|64)|JAVA PROFILE 1\.0",
    ),
)
"""Patterns for the start of a file."""
