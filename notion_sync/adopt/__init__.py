"""Rebuilding the record from what is in Notion, so that a lost store never means a second upload.

run ─► locations  pure: which files belong where and are not recorded there
 ├───► lookup     what is at a location in Notion: pages and those of subfolders, rows and their pages ─► candidates
 ├───► compare    the files of one location with its candidates
 │      ├─► match  pure: which file is which candidate, and why not
 │      └─► fetch  sizes and contents of candidates, several at once, also of files in zips
 ├───► record     what is recorded of a match
 └───► findings   what is said of it
"""
