"""One-way sync of local folders to Notion, exactly once, by rules."""

__version__ = "0.1.0"
