"""The workspace as a person would see it: one static page that asks for JSON and draws it."""
