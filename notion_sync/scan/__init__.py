"""What is on disk: which files the rules' folders hold, and what is in a file.

walk ──► listing          one folder after the other, in path order; a folder that did not change is passed over
  ├────► steps            what it yields: files with their steps, problems, folders to be listed
  └────► walk_log         the log of what was decided, and why
at_home                   what no rule takes, and why
links ─► reading          a file that must be the one that was planned; what a link file leads to
disk                      all that is asked of a file system, in open folders and names; `system_disk` does it

Nothing here asks what time it is, or the environment: both are passed in.
"""
