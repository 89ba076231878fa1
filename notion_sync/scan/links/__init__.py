"""Link files: small files that lead to a public address, and what is to be imported in their place.

reading ─► formats   what stands in a `.url`, a `.webloc`, a `.desktop`
   └─────► address   which addresses can be fetched, and what their file is to be called
"""
