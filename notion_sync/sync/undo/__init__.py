"""Move what one run has added to Notion's trash, unless somebody has changed it since."""
