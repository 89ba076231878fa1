"""Rate limiting: when a request may be sent, and which of the waiting ones is next.

    budget        grants permits to the waiting calls, the most urgent first
    queue         the waiting calls, and the permits that they get
    connections   the maximum number of concurrent requests
    answers       how long Notion took lately
    limiter       whether any request may be sent now
    limit         the number of requests that Notion accepts in a window, learned from its refusals
    window        the calls of the last 60 seconds
    hold          the time until which Notion has asked not to be called; kept for later processes
    unsent        uploads whose bytes still need room in a window
    parts         parts of large contents that follow those under way
    bandwidth     limits the bytes sent per second

All of this is used on the event loop, except `bandwidth`, which threads share.
"""
