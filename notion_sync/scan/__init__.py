"""Find the files in the rules' folders and read them.

    walk ──► listing     one folder after the other, in path order; a folder that did not change is skipped
      ├────► entries     the entries of a large folder, in little memory
      ├────► own         which files are the program's own, and never taken
      ├────► steps       what a walk yields: files with their steps, problems, folders to be listed
      └────► walk_log    the log of what was decided, and why
    at_home              what no rule takes, and why

    content ► reading    a file as its rule asks: its content, unless it is a secret; the address if it is a link file
       └────► links/     the address in a link file
    disk                 the file system port, in terms of open folders and names, and the machine's own disk
    volumes              the file systems at and below a folder, by name ◄── mountinfo: as Linux lists them

Nothing here reads the clock or the environment: both are passed in.
"""
