"""What runs by the camera: frames, faces, smiles, readings, batches."""
