"""What one command learns of Notion and the next one uses, kept in the store.

holds      until when a token's calls are held
limits     how many requests Notion takes of a token, and how fast the line is
by_token   one value for each token, for both
"""
