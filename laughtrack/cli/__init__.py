"""Behind the command line: options, what is shown, and one session from source to store."""
