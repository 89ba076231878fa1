"""Carrying out a pass: what is planned becomes requests, and each one's outcome becomes a record.

    coordinator ─► intake     files wait until they rest and are read, in their order
        │───────► judge      gathers facts, asks `plan.decide`
        │───────► reach      asks, once a pass, whether a place can take files ─► tables, mixups
        │───────► supply     the content, dressed as the rule wants it (wrap) ─► sender ─► transfer: its bytes
        │───────► importer   has Notion fetch what link files lead to ─► fetching, download
        │───────► appender   makes blocks, exactly once ─► attach: which go together; recover: which are ours
        │───────► rows       one write a row ─► groups: what goes together; entries: what it holds then
        │───────► homes      the page that blocks go to ─► places: the pages of subfolders
        │───────► edits      changes of what is there
        │───────► removals   what is to go because its file is gone; asked last, carried out by cleanup
        │───────► restore    what people deleted in Notion, where it is wanted back
        │───────► conclusions  what a trouble means for the files that come after
        └───────► ledger     counts, reports and records how each file ended ─► outcomes: in which words

`remote` says what is asked of Notion, `rowintents` what became of a row whose write nobody saw the end of,
`trouble` what an error means, `workers` has the threads. The coordinator's thread runs all of this but the tasks
it hands to the workers.
"""
