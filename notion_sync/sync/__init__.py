"""Carry out a pass: turn the plan into requests, and record the outcome of each.

Begin with `run`, then read `journey`. All modules:

    run             a pass from start to end: what a command or the daemon calls
    passes          the parts of one pass, their construction, and the order in which they work
    undo/           moves what one run has made to Notion's trash
    preview         what a pass would do, for a dry run
    estimate        the work of a pass, counted from file sizes while the pass goes on

    journey         one file, from its reading to its record; repeated if the file changes while it is sent
    reader          a file's content, read once the file is stable, unless it is larger than the workspace allows
    decisions       gathers the facts for `plan.decide` and returns its action
    delivery        one file at one destination, from the decision to the record
    target_checks   whether a page or a database can take files, checked once a pass
    recorder        how files end: counted, reported, written into the history

    upload/         a content in Notion, packaged as the rule says, uploaded once
    page/           blocks on a page, in order; the pages of subfolders
    rows/           entries in rows of databases, and the rows themselves
    removal/        files that were deleted; things deleted in Notion that are to be restored

    journal         write-ahead journal of writes whose answer may be lost (append, row, page): what they made, if known
    changes         idempotent changes of existing things, kept from landing late on top of newer ones
    recovery        finds out what an earlier run left open, before anything depends on it
    lateness        how long a write without an answer may still be performed (pure)
    recognition     finds in Notion what a write with a lost answer has made
    listings        what this process has seen of pages: their blocks that may be taken over, by size and content (pure)
    evidence        which blocks on a page come from an append (pure)
    entries         new value of a `files` property: other people's entries kept, ours changed (pure)
    claims          which entry belongs to which file, if several are equal or the record is older (pure)
    shown           which parts of a block Notion still shows as we left them (pure)
    identity        whether a file in Notion, or in a zip there, has a content of ours: by file id, size or bytes
    titles          titles of rows, and the dates in them (pure)
    page_contents   what a page contains: blocks that hold files, and child pages
    database        data sources, columns and rows of databases
    id_hints        hints for a page's id where a database's is expected, and the reverse

    failures        what an error means for its file, its target, the run and the files that follow
    import_policy   how long an import may take, and why it failed (pure)
    sequencer       numbers the files, and has them decided on one at a time, in order
    batching        how many files are under way, and when a batch is sent rather than waited for
    tasks           concurrent coroutines; none is ever cancelled from outside, but a pass may end early
    volumes         tells a deleted file from one whose disk is not mounted
    beginnings      since when a rule that takes only new files takes them
    ports           what a pass needs from outside: record, Notion (opened at the first use), clock, threads, disk
"""
