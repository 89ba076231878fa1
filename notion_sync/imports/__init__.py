"""Files from public addresses: Notion fetches them itself, or they are fetched here and sent.

importer ─► fetch     the import in Notion: asked for, waited for, its failures in words
   └──────► carry     one file on the same way into Notion that a pass goes: sender, appender, intents
"""
