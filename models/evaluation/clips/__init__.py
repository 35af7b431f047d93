"""Clips whose smiles were timed by eye: what is measured on them, and their onsets."""
