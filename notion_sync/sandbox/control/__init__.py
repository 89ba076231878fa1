"""What Notion does not have: looking at the whole workspace, and making trouble and time pass."""
