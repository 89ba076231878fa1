"""Carrying out a pass: what is planned becomes requests, and each one's outcome becomes a record.

`run` is the screen to begin with; a file's way is `journey`. One line a module:

    run             a pass from start to end: what a command or the daemon calls
    passes          the parts of one pass, put together, and the order in which they work
    preview         what a pass would do, as a dry run tells it
    census          how much a pass has to do, counted beside it

    journey         the way of one file, through all of the following; again where it changes while it is sent
    reader          a file's content, once the file has come to rest
    size_limit      files that the workspace does not take because of their size, known before they are read
    decisions       the facts that `plan.decide` needs, gathered; what it answers
    delivery        a file at one destination, from the decision to the record
    target_checks   whether a page or a database can take files, asked once a pass
    recorder        how files end, in the words of the report; told, counted, written into the history

    upload/         a content in Notion, packaged as the rule wants it, each one once
    page/           blocks on a page, in their order; the pages of subfolders
    rows/           entries in the rows of databases; the rows themselves
    removal/        what is gone from the folders; what people deleted and want back

    journal         writes whose answer may be lost (append, row, page): written down, sent, looked for, recorded
    changes         changes of what is there: repeated without harm, and kept from landing late on later ones
    unknown         what a pass does not know of such writes: what may not be made again meanwhile
    lateness        how long a write without an answer may still be performed (pure)
    recognition     what a write whose answer was lost has made, among what is there
    evidence        which blocks on a page are those of an append (pure)
    entries         what a `files` property is to hold: other people's entries kept, ours changed (pure)
    claims          which entry of it is whose, where several are equal or the record is older than it (pure)
    shown           what of a block Notion still shows as we left it (pure)
    identity        whether a file in Notion, or in a zip there, holds a content of ours: by its id, size, bytes
    titles          titles of rows, and the dates in them (pure)
    page_contents   what is on a page: the blocks that hold files, the pages
    database        what is asked of databases
    id_hints        hints for the id of a page where a database was meant, and the other way round

    failures        what an error means for the file, its target, the run and the files behind
    import_policy   how long an import may take, and how it failed (pure)
    activity        the files under way: how many, in which order, whether it is worth waiting for company
    tasks           coroutines that run beside each other; none is ever cancelled from outside, but a pass may end early
    volumes         whether a file is gone, or only the disk it lay on
    ports           what a pass has of the world: the record, Notion (opened at the first use), time, threads, the disk
"""
