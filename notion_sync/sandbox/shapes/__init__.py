"""Schemas of request bodies, as data (pages of the API reference; one shape for each endpoint)."""
