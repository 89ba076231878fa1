"""A Notion on this machine: a server that keeps, answers and refuses as Notion's public API does.

It shares neither code nor tables with the client in `notion_sync.notion`: each is its own reading of Notion's
documentation, so that one checks the other. Importing this package costs nothing; `main.serve` runs it.

    main        serve(options): folder, lock, coordinates, signals
    app         which part answers a connection: API, file download, control, browse page
    downloads   contents over HTTP, by signed URL and in ranges
    gateway     one API request from the first header to the last byte: log, rate, faults, body, answer
    control/    what Notion does not have: state, request log, faults, clock, reset, tokens
    browse/     the workspace as a person would see it
    api/        one module a resource, one function an endpoint
    render/     stored values to Notion's JSON, by version
    shapes/     what each request body must look like, as data
    store/      SQLite and files
    workspace   what the endpoints share: store, clock, limits; what a fresh one holds
    validate    the shapes' language and Notion's message grammar
    answers faults rate latency journal multipart filetypes clock errors ids options
"""
