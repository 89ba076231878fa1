"""Carrying out a pass: what is planned becomes requests, and each one's outcome becomes a record.

    coordinator ─► intake     files wait until they rest and are read, in their order
        │───────► judge      gathers facts, asks `plan.decide`
        │───────► reach      asks whether a place can take files, before the first byte
        │───────► supply     has contents in Notion: plain or packed (wrap) ─► sender ─► transfer
        │───────► appender   makes blocks, exactly once  ─► attach, recover; homes, places: on which page
        │───────► rows       makes entries, exactly once ─► groups, entries, rowintents, tables
        │───────► edits      changes what is there: contents, names, icons; into the trash
        │───────► cleanup    removes what is gone ─► removals
        │───────► verdicts   what a trouble means for the files that come after
        └───────► ledger     counts, reports and records how each file ended ─► outcomes

`remote` says what is asked of Notion, `trouble` what an error means, `workers` has the threads. The
coordinator's thread runs all of this but the tasks it hands to the workers.
"""
