"""Plan what must be done, as data. Pure: takes what is on disk, the record and the rules; returns steps and actions.

Planning has two stages, because reading a file is expensive and most files need not be read. `folder` compares the
stats in a folder with the record and returns the files to check. `decide` takes a file's content and returns what
happens to it at one destination. `removals` comes last: it guards the removal of missing files from Notion.
"""
