"""The workspace as a person would see it: a static page that asks for JSON and draws it.

What users put into the workspace is only ever shown as text, or by elements that do not execute it; the page
itself runs nothing but its own files (`headers`).
"""
