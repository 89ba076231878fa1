"""`notion-sync explain`: `command` gathers what is known of a path, `words` say it."""
