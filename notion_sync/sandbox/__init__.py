"""A Notion on this machine: a server that keeps, answers and refuses as Notion's public API does.

It shares neither code nor tables with the client in `notion_sync.notion`: each is its own reading of Notion's
documentation, so that one checks the other. Importing this package costs nothing; `main.serve` runs it as a
server, `core.Core.in_memory` makes one that is called directly.

    main        serve(options): folder, lock, coordinates, signals
    server/     the core over HTTP: the only place with sockets, threads and the machine's clock
    core        one request as a value to its answer as one: rate, faults, latency, body, endpoint
    messages    those values
    downloads   contents by signed URL and in ranges
    control/    what Notion does not have: state, request log, faults, clock, tokens
    browse/     the workspace as a person would see it
    api/        one module a resource, one function an endpoint
    render/     stored values to Notion's JSON, by version
    shapes/     what each request body must look like, as data
    store/      SQLite, and contents in memory or in a folder
    workspace   what the endpoints share: store, clock, limits; what a fresh one holds
    validate    the shapes' language and Notion's message grammar
    clock effects errors faults filetypes ids journal latency multipart options rate schedule
"""
