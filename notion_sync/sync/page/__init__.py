"""Blocks on pages: which page, which blocks together, in which order, each exactly once.

pages ──► writer ──► queue    the page of a target or a subfolder; its blocks; which of them go together, in which order
            └──────► unrecorded   what is on the page already, and is taken over in place of making it again
changes                           blocks that are there: changed, or moved to the trash
"""
