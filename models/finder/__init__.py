"""FinderNet: composed pictures with a teacher's boxes, the net, its training, and its export."""
