"""What came over a time, what did not, and how much of the rate limit was used: as text, and as a page with plots.

facts   what there is to tell, from the record
text    the same for a terminal or a mail
page    the same as one HTML page that needs nothing else
plots   its bars, as SVG
"""
