"""Upload file contents to Notion: package them where the rule says so, send or import each one once.

provider ──► packaging             a zip, or another extension, for types that Notion refuses
   ├───────► transfers ──► parts   uploads in one or several parts
   │             └───────► earlier which uploads of earlier runs Notion no longer knows
   └───────► imports ──► download    fetched by Notion, or else by this machine

`counted_body` counts the bytes of a request as they leave. `stopped` says how far a content got when the run
is stopped.
"""
