"""Write blocks onto pages: find the page, batch its blocks, keep their order, and create each exactly once.

pages ──► writer ──► queue           finds or creates the page; appends its blocks; chooses the next batch and its place
            ├──────► reservations    the files that wait for their blocks
            └──────► unrecorded      takes over blocks that are on the page already, instead of creating them again
                        └──► lister  finds these: lists the part of a page that can have unrecorded blocks
existing                             changes existing blocks, or moves them to the trash
images                               sets icons and covers
"""
