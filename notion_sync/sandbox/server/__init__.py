"""The core over HTTP: the only place with sockets, streams, threads and the machine's clock.

app       dispatches a request: API, file download, control, browse page
shell     what the parts share: the core, and the wait for scheduled steps
api       one API request from the first header to the last byte
bodies    request bodies: counted, streamed to disk
respond   answers and contents on the wire
controls  what Notion's API does not have
imports   requests to external URLs
"""
