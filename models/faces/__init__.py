"""Faces out of labelled pictures: crops, their cache, and what spoils them."""
