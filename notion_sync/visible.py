"""Texts of others, as they may be written to a terminal or into a log."""


def visible(text: str) -> str:
    """A text in one line in which nothing does anything: what cannot be printed is written as an escape.

    Control characters move the cursor or begin a line of their own, others turn the direction of what follows. Bytes of
    a name that are no text, and halves of characters, are replaced.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in well_formed(text))


def well_formed(text: str) -> str:
    """A text as UTF-8 can say it."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:  # halves of characters, as JSON may have them
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
