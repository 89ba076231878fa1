"""The endpoints: one module a resource, one function an endpoint, each from a `Call` to its answer."""
