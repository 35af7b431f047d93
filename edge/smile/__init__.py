"""Score smiles: crops, SmileNet, how far a score can be trusted, smoothing."""
