"""The page of one film in several rooms: its sentences and its sections."""
