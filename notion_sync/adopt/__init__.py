"""Rebuild the record from what is in Notion, so that a lost store never causes a second upload.

run ─► locations  pure: which files belong where and are not recorded there
 ├───► lookup     what is at a location in Notion: pages, subfolders' pages, rows and their pages ─► candidates
 ├───► compare    compares the files of one location with its candidates
 │      ├─► match  pure: which file is which candidate, and why none is
 │      └─► fetch  sizes and contents of candidates, also of files inside zips, fetched concurrently
 ├───► record     writes matches into the record
 └───► findings   what is reported
"""
