"""What one run has added goes to Notion's trash, as far as nobody has changed it since."""
