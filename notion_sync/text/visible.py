"""Make foreign texts safe to write to a terminal or a log."""


def visible(text: str) -> str:
    """Return a text as one line without side effects: unprintable characters become escapes.

    Control characters move the cursor or start a new line, and others change the direction of the text that follows.
    Bytes of a name that are not text, and lone surrogates, are replaced.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in well_formed(text))


def well_formed(text: str) -> str:
    """Return a text that can be encoded as UTF-8."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:  # lone surrogates, which JSON allows
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
