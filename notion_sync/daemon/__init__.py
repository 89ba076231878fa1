"""The loop behind `notion-sync watch`.

    loop      rounds, commands and passes, one after the other ─► turn
    turn      one pass: what is due becomes a scope, what came of it becomes dates
    clerk     hears of everything in a pass
    agenda    what must be looked at when, in bounded memory ◄── hints
    hints     what the watcher heard, as far as a rule is concerned
    rounds    when each folder is looked through whatever the events say
    setbacks  files that failed and their next attempts; the way to Notion that is shut, and until when
    token     whether a refused token was replaced; probe: whether the network is back
    notices   commands and pings for people who do not read logs
    status    all of it at one moment, as data; greeting: what is said at the beginning

One thread runs the passes and owns the store. The watcher, the control socket and the signals have threads of
their own, which only put something down and ring the bell.
"""
