"""A local Notion: a server that stores, answers and refuses as Notion's public API does.

It shares neither code nor tables with the client in `notion_sync.notion`: both implement Notion's documentation
independently, so that each checks the other. Importing this package costs nothing. `main.serve` runs it as a server;
`core.Core.in_memory` creates one that is called directly.

    main        serve(options): folder, lock, coordinates, signals
    server/     the core over HTTP: the only place with sockets, threads and the machine's clock
    core        turns one request into its answer, both as values: rate, faults, latency, body, endpoint
    messages    those values
    downloads   contents by signed URL, and ranges
    control/    beyond Notion's API: state, request log, faults, clock, tokens
    browse/     the workspace in a browser, as a person would see it
    api/        one module for each resource, one function for each endpoint
    render/     converts stored values to Notion's JSON, by version
    shapes/     schemas of request bodies, as data
    store/      SQLite, and contents in memory or in a folder
    workspace   what the endpoints share: store, clock, limits; the content of a fresh workspace
    validate    the schema language, and Notion's wording of validation errors
    clock effects errors faults filetypes ids journal latency multipart options rate schedule
"""
