"""What each request body must look like, as data (pages of the API reference, one shape an endpoint)."""
