"""Entries in the rows of databases: which row, which entries together, and nobody else's ever touched."""
