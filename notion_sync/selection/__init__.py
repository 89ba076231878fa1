"""Which files a rule takes: by its patterns, by names and first bytes that mark a secret, by what lies beside them."""
