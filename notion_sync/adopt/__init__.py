"""Rebuilding the record from what is in Notion, so that a lost store never means a second upload.

run ─► sites     pure: which files belong where and are not recorded there; `titles` of rows named after a day
 ├───► pages     what stands on pages and on those of subfolders, icons and covers ─┐
 ├───► rows      what stands in rows and on their pages                             ├─► views, things
 ├───► compare   the files of one place with what stands there                      ┘
 │      ├─► match   pure: which file is what, and why not
 │      └─► held    names, and where it matters sizes and contents; `names` and `zips` know files in other forms,
 │                  `fetch` asks for several at once
 ├───► record    what is recorded of a match
 └───► findings  what is said of it
"""
