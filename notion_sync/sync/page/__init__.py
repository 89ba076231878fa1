"""Blocks on pages: which page, which blocks together, in which order, each exactly once."""
