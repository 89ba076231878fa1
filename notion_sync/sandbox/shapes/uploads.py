"""Bodies of the file upload endpoints ("Create a file upload", "Complete a file upload")."""

from notion_sync.sandbox.validate import Number, Object, OneOf, Text

CREATE = Object(
    {},
    {
        "mode": OneOf(("single_part", "multi_part", "external_url")),
        "filename": Text(),
        "content_type": Text(),
        "number_of_parts": Number(least=1, most=10_000, whole=True),
        "external_url": Text(),
    },
)
EMPTY = Object()
