"""Recognise a secret by the words of a file's name: `bank passwords.odt`, `api-key.md`, `id_rsa.old`.

The word must be the end of the name before its extension, so `password-policy.pdf` and `secrets of the sea.mp4` pass.
Names are passed in lower case.
"""

import re


def says_secret(name: str) -> bool:
    """Whether the last word of a document's name says that it holds a secret."""
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem:
        return False
    if ending in _SETTINGS:
        return re.search(_SETTINGS_WORD, stem) is not None
    return ending in _OFFICE and re.search(_OFFICE_WORD, stem) is not None


def original_of(name: str) -> str | None:
    """Return the name of the file of which this one is a copy by its name; None if it is none."""
    copied = _COPY.search(name)
    return None if copied is None else name[: copied.start()] + name[copied.end() :]


_SETTINGS = frozenset(
    (
        "txt",
        "text",
        "md",
        "csv",
        "tsv",
        "json",
        "yml",
        "yaml",
        "toml",
        "ini",
        "cfg",
        "cnf",
        "conf",
        "xml",
        "properties",
    )
)
_OFFICE = frozenset(
    ("doc", "docx", "odt", "rtf", "pdf", "xls", "xlsx", "xlsm", "ods", "numbers", "pages", "one", "enex")
)

_SAID = (
    r"pass[ _-]?words?|passwds?|passphrases?|passw[o\u00f6]rte?r?|kennw[o\u00f6]rte?r?|mots?[ _-]de[ _-]passe"
    r"|contrase[n\u00f1]as?|wachtwoord(?:en)?|senhas|(?:my|user|aws|cloud)?[ _-]?credentials?|creds"
    r"|(?:2fa|mfa|otp|totp)(?:[ _-]?(?:codes?|backup|secrets?))?|(?:recovery|backup)[ _-]?codes?"
    r"|(?:seed|recovery)[ _-]?phrases?|mnemonics?"
)
_KEYS = (
    r"|(?:private|secret|ssh|gpg|pgp|api|auth|access|signing|deploy|encryption|recovery)[ _-]?keys?"
    r"|service[ _-]?account[ _-]?keys?"
    r"|(?:api|auth|access|bearer|refresh|bot|oauth|github|gitlab|gh|slack|discord|telegram|notion|npm|pypi)[ _-]tokens?"
    r"|(?:gcp|gcloud|google|firebase|aws|azure)[ _-](?:keys?|service[ _-]?account)|client[ _-]secrets?|kube[ _-]?config"
    r"|netrc|pgpass|dotenv|keyfile"
)

_WORD_BEFORE = r"(?:\A|[^a-z\u00e0-\u00ff])"
# Compiled at the first use: a pass over an unchanged tree asks about no file's name.
_OFFICE_WORD = rf"{_WORD_BEFORE}(?:{_SAID})\Z"
_SETTINGS_WORD = rf"{_WORD_BEFORE}(?:{_SAID}{_KEYS})\Z|\A(?:my[ _-])?(?:secret|seed|wallet|logins)\Z"

_COPY = re.compile(
    r"\.(?:old|save|backup|copy|prev|rpmsave|dpkg-old|[0-9]{1,3})\Z|(?: \([0-9]+\)| - copy| copy)(?=\.|\Z)"
)

SECRET_NAMES = (
    tuple(sorted(_SETTINGS)), tuple(sorted(_OFFICE)), _SETTINGS_WORD, _OFFICE_WORD, _COPY.pattern,
)  # fmt: skip
"""All that decides, for the table's version."""
