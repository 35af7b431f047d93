"""One film seen in several rooms: the rooms are the clusters that everything rests on."""
