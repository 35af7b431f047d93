"""Labelled pictures: the public sets, one's own, the table of labels they become."""
