"""`notion-sync status`: `command` gathers what is asked, `words` say it, `follow` keeps it up to date on a terminal."""
