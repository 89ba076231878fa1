"""What the sandbox keeps: rows in SQLite, contents in files; nothing here knows of HTTP or of Notion's JSON."""
