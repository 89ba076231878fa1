"""Client of Notion's public API. It knows nothing of local files, rules or state.

    client        the API as methods; `connect` makes one that talks to Notion itself
    calls         one call: attempts, and the waits between them, on the event loop
    retry         whether a failed call is repeated, and when
    performed     whether a request without an answer was performed

    requests      what is asked; its body: `payloads`, or `multipart` for files
    responses     what an answer means; `errors`: the ways in which a call fails
    belonging     whether an answer belongs to its request; `new_state`: whether it shows what was asked for

    values        blocks and files; `pages`: pages, databases and rows
    paging        long lists; `media`: kinds of files; `ids`; `json_access`

    rate/         when a request may be sent
    http/         how it is sent, in a thread

Only `http` does input and output.
"""
