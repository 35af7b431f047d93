"""A session as tables on one time axis: viewers, smiles, bins, seats, coverage."""
