"""Texts: names as people read them, numbers and sizes in words, what may be shown and what may not."""
