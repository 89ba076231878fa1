"""Break lines for a terminal at spaces; the following lines are indented to the text of the first one."""

import re

_HEAD = re.compile(r" *\S+(?: \S+)*? {2,}| +")
"""A title or number before the text of a line: `failed    3 files: …`."""

_WORD = re.compile(r" *(?:\d[\d,.]* (?:[KMG]iB|B|s|min|h)(?!\w)\S*|\S+)")
"""A word with the blanks before it; a number keeps its unit."""


def broken(line: str, columns: int) -> list[str]:
    """Return a line as several that are not wider than `columns`.

    A word that is wider than that stays whole, so that an address can be copied from the terminal.
    """
    if len(line) <= columns and line.isascii():
        return [line]
    from rich.cells import cell_len  # noqa: PLC0415 - 10 ms that most lines do not need

    if cell_len(line) <= columns:
        return [line]
    head = _HEAD.match(line)
    indent = " " * (cell_len(head[0]) if head and cell_len(head[0]) <= columns // 2 else 0)
    lines, now = [], ""
    for word in _WORD.findall(line):
        fits_below = cell_len(indent + word.lstrip()) <= columns
        if now.strip() and fits_below and cell_len(now + word) > columns:
            lines.append(now)
            now = indent + word.lstrip()
        else:
            now += word
    return [*lines, now]
