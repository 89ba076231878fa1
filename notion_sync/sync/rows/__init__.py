"""Entries in the rows of databases: which row, which entries together, and nobody else's ever touched.

rows ──► update ──► lookup        the row of a title; it is read and written at once; found right before it is made
           ├──────► changes       what the files of a row want, and which of it goes into the next write
           └──────► unrecorded    what is in the row already, and is taken over in place of making it again
"""
