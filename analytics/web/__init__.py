"""What is served to browsers and other programs: pages, API, live events."""
