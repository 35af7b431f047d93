"""Other programs' files: face tables in and out, markers for editing programs."""
