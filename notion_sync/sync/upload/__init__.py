"""Contents on their way to Notion: packaged as the rule wants it, sent or imported, each one once."""
