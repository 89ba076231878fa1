"""What the operating system gives and refuses: threads, locks, permissions, paths, and how the process ends."""
