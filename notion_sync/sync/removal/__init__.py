"""Remove from Notion what was deleted from the folders, if a rule says so; restore what people want back."""
