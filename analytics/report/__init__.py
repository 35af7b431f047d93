"""The pages of a session and of a comparison, each one HTML file made from Jinja templates."""
