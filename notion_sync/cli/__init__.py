"""The command line: one module or package a command, which wires what the command needs and imports nothing else.

`app` finds the commands and turns exceptions into messages and exit codes; `session` opens what a run
works with.
"""
