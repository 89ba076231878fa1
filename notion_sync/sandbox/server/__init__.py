"""The core over HTTP: sockets, streams, threads and the machine's clock are here and nowhere else.

app       which part answers a connection: API, file download, control, browse page
shell     what the parts share: the core, and the waiting for what is due
api       one API request from the first header to the last byte
bodies    request bodies: counted, streamed to disk
respond   answers and contents on the wire
controls  what Notion does not have
imports   asking external URLs
"""
