"""Below the table: its place, its files, and the sums of its log."""
