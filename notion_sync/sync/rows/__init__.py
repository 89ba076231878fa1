"""Write entries into the rows of databases: find the row, batch its changes, and never touch entries of others.

The value that is written, with the entries of other people in it, is `sync.entries.new_value`; which of equal entries
stands for which file, `sync.claims`.

rows ──► update ──► lookup        one writer for each row; its read-modify-write; finds a row right before creating it
           ├──────► journaled     a write through the journal, and what became of the changes that it makes
           ├──────► queue         the changes that files make to a row, and which of them go into the next write
           ├──────► room           whether a row has room for an entry, asked before its content is sent
           └──────► unrecorded    recognises entries that hold new contents already, instead of making them again
"""
