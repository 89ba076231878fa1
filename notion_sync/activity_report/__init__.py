"""Report what came in a period, what did not, and how much of the rate limit was used, as text or as a page with plots.

facts   what is reported, from the record
text    the same for a terminal or a mail
page    the same as one self-contained HTML page
plots   its bar charts, as SVG
"""
