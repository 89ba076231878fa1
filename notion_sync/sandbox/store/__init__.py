"""Storage of the sandbox: rows in SQLite, contents in files; without HTTP and without Notion's JSON."""
