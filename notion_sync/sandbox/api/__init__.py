"""The endpoints: one module for each resource, one function for each endpoint, from a `Call` to its answer."""
