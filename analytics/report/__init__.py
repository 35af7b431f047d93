"""The pages: a session's and a comparison's, each one HTML file."""
