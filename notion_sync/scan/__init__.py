"""Find the files in the rules' folders and read them.

walk ──► listing          one folder after the other, in path order; a folder that did not change is skipped
  ├────► steps            what a walk yields: files with their steps, problems, folders to be listed
  └────► walk_log         the log of what was decided, and why
at_home                   what no rule takes, and why
links ─► reading          checked reading of planned files; the addresses in link files
disk                      the file system port, in terms of open folders and names; implemented by `system_disk`

Nothing here reads the clock or the environment: both are passed in.
"""
