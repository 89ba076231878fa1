"""What is gone from the folders goes from Notion, where a rule says so; and what people want back comes back."""
