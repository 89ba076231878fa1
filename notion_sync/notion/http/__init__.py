"""How bytes move: clients, their time limits, and what is read through them. httpx is imported here alone.

    transport     one attempt of a call to the API
    download      files, from their own addresses, without the token
    ping          a heartbeat to a monitoring service
    time_of_day   Notion's clock
    reachability  whether Notion's host accepts a connection

    clients       proxies and certificates from the environment
    network       how long an exchange may take, and how much may be said in it
    bodies        answers, decompressed piece by piece
    echo          a server's words without the token

Everything here blocks, and runs in a thread of its own. Importing httpx takes 100 ms, so this is imported to go online
and not before.
"""

import sys

# httpx has a command line, for which it imports rich, pygments and click: 40 ms in each run. It works without that
# module (the `except ImportError` in its __init__.py).
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
