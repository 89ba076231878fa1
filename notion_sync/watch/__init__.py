"""`notion-sync watch`: the daemon. It makes the same passes as `push`, whenever something is due, on one event loop.

    loop          passes, timers and commands, one at a time; status
    passes        one pass: turns what is due into a scope
    observer      schedules the next looks at what a pass does not finish ◄── pass_report: every outcome, reported once
    after_pass    what follows from a pass: when to look again, and whether the next one may run
    due           queue of paths by due time, in bounded memory
    pending       state of each path, in bounded memory ◄── stability, retries: how it changes
    availability  circuit breaker: whether a pass may run now ◄── recovery: probes for the network and a new token
    events        file system events, filtered by the rules ◄── folders/
    rescans       when each folder is scanned whatever the events say
    commands      commands from the control socket and signals; refusals: retry and restore in the record
    config        everything that a reload may change; session: the record and Notion, opened on demand
    notify        commands and pings for people who do not read logs ◄── weekly: what came in a week
    roots         whether a rule's folder is still the one it was; own_files: whether the store's file is
    token         whether a refused token was replaced; signals: what ends, reloads or hurries the daemon
    status        a snapshot of everything, as data; banner: the lines at the start
    background    small background tasks, and blocking work that may be abandoned

From an event of the kernel to a pass; `-vv` logs each step under `notion_sync.watch`:

    1. folders.source   an event; a rename gives two, one for each path
    2. events           dropped if no rule takes the path; else buffered, the last one of each path
    3. due              debounced: due when there was no event of the path for `settle` seconds, or its folder is due
    4. loop             takes what is due, 0.05 s later, unless `availability` forbids a pass
    5. passes           a pass over these paths; the walk finds what is there by then, which may be nothing
    6. observer         due again if it was not stable, deferred or failed (`after_pass`: all, if the pass did not end)

`rescans` finds what is lost before, because a queue of the kernel's has overflowed or a folder is not watched.

Everything runs in the thread that owns the store, except for: watchdog's observers and the checks of the folders, whose
events reach the loop by `call_soon_threadsafe`; blocking steps of a pass; single blocking calls (`in_thread`); and the
service manager's watchdog, which must distinguish a blocked loop from a slow one.
"""
