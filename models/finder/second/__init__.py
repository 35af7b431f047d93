"""The second look: how it is trained to judge what FinderNet takes for a face."""
