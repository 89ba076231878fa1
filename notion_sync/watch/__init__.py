"""`notion-sync watch`: the same passes as `push` makes, whenever something is due, on one event loop.

    loop          passes, timers and commands, one after the other; status
    passes        one pass: what is due becomes a scope ─► observer: sees what happens in it
    after_pass    what follows from it: when to look again, whether the next one may run
    due           when to look at what, in bounded memory
    pending       what is known of each path, in bounded memory ◄── stability, retries: how it changes
    availability  the circuit breaker: may a pass run now ◄── recovery: looks for the network, another token
    events        what the folders' watchers saw, as far as a rule takes it ◄── folders/
    rescans       when each folder is looked through whatever the events say
    commands      what is asked over the control socket and by signals; refusals: retry and restore in the record
    config        everything a reload may change; session: the record and Notion, opened when needed
    notify        commands and pings for people who do not read logs
    status        everything at one moment, as data; banner: what is said at the beginning
    background    tasks that end alone, blocking work that may be left behind

All of it runs in the thread that owns the store. In threads are: watchdog's observers and the checks of the folders,
whose events reach the loop by `call_soon_threadsafe`; what blocks in a pass; single blocking calls (`in_thread`); and
the service manager's watchdog, which has to tell a blocked loop from one that is only slow.
"""
