"""When a request may be sent: what Notion takes in a window, and which of the waiting requests is next.

    budget        lets the waiting calls go, the most urgent first
    queue         the calls that wait, and the permits that they are given
    connections   how many requests may be under way
    limiter       whether a request may be sent now, whoever sends it
    limit         what Notion is known to take in a window, learned from what it refuses
    window        the calls of the last 60 seconds
    hold          until when Notion has asked not to be called; kept for later processes
    unsent        the uploads whose bytes still need room in a window
    bandwidth     how many bytes may be sent in a second

The budget waits on the event loop, where all of this belongs but `bandwidth`, which threads share.
"""
