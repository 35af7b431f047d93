"""The annotated picture, for whoever sets up the camera."""
