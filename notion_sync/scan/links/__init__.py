"""Link files, and the public addresses in them, from which Notion imports instead.

formats   the address in a `.url`, a `.webloc`, a `.desktop` file
address   which addresses can be fetched, and the name of the imported file
"""
