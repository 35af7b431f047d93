"""Who may ask, from where, and what a page may load and do."""
