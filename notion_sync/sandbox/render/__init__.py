"""Convert stored values to Notion's JSON, in the form of each API version."""
