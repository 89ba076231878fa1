"""Rebuilding the record from what is in Notion, so that a lost store never means a second upload.

run ─► match   pure: which of our files is which block on a page, and why not
 └───► held    what the blocks of a page hold: names, and where it matters sizes and contents
"""
