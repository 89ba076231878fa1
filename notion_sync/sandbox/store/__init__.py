"""What the sandbox keeps: rows in SQLite, contents in files; no HTTP and none of Notion's JSON here."""
