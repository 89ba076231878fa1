"""Contents on their way to Notion: packaged as the rule wants it, sent or imported, each one once.

provider ──► packaging             a zip, or another ending, for what Notion refuses
   ├───────► transfers ──► parts   sent in one piece or in parts; which uploads Notion does not know any more
   └───────► imports ──► download    fetched by Notion, or else by this machine
"""
