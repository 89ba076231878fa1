"""Read link files, and find the public addresses that are imported instead of them.

reading ─► formats   the address in a `.url`, a `.webloc`, a `.desktop` file
   └─────► address   which addresses can be fetched, and the name of the imported file
"""
