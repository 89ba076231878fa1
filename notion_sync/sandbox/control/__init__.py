"""What Notion's API does not have: inspecting the whole workspace, injecting faults, moving the clock."""
