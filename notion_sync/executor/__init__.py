"""Carrying out a pass: what is planned becomes requests, and each one's outcome becomes a record.

    coordinator ─► intake     files wait until they rest and are read, in their order
        │───────► judge      gathers facts, asks `plan.decide`
        │───────► sender     brings contents into Notion ─► transfer
        │───────► importer   has Notion fetch what link files lead to ─► download
        │───────► appender   makes blocks, exactly once  ─► attach, recover
        └───────► ledger     counts, reports and records how each file ended

`remote` says what is asked of Notion, `trouble` what an error means, `workers` has the threads. The
coordinator's thread runs all of this but the tasks it hands to the workers.
"""
