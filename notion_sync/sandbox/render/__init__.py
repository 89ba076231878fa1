"""Stored values as Notion's JSON, in the words of each version."""
