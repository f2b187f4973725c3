"""What people read: the run folder, its tables, the page, the summary in the terminal."""
