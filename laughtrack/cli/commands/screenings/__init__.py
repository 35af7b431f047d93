"""Several screenings at once: two compared, or one film in several rooms."""
