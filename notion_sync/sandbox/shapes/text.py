"""Rich text and colours in requests (page "Rich text"; limits: "Request limits")."""

from notion_sync.sandbox.validate import (
    Array,
    Boolean,
    Id,
    IsoDate,
    Nullable,
    Object,
    OneOf,
    Shape,
    Tagged,
    Text,
    Zone,
)

_HUES = ("gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red")
OPTION_COLOR = OneOf(("default", *_HUES))
COLOR = OneOf(("default", *_HUES, "default_background", *(f"{hue}_background" for hue in _HUES)))

URL = Text(longest=2000, shortest=1)
NAME = Text(longest=100, shortest=1)

DATE = Object({"start": IsoDate()}, {"end": Nullable(IsoDate()), "time_zone": Nullable(Zone())})

_ANNOTATIONS = Object(
    {},
    {
        **dict.fromkeys(("bold", "italic", "strikethrough", "underline", "code"), Boolean()),
        "color": COLOR,
    },
)
_MENTION = Tagged(
    {
        "user": Object({"id": Id()}, {"object": OneOf(("user",))}),
        "date": DATE,
        "page": Object({"id": Id()}),
        "database": Object({"id": Id()}),
    }
)
# `plain_text` and `href` are keys of answers; Notion accepts them in requests (recorded).
_COMMON: dict[str, Shape] = {
    "annotations": _ANNOTATIONS,
    "plain_text": Text(),
    "href": Nullable(Text()),
}
RICH_TEXT = Array(
    Tagged(
        {
            "text": Object(
                {"content": Text(longest=2000)},
                {"link": Nullable(Object({"url": Text(longest=2000)}, {"type": OneOf(("url",))}))},
            ),
            "mention": _MENTION,
            "equation": Object({"expression": Text(longest=1000)}),
        },
        _COMMON,
    )
)
