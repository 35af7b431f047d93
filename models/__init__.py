"""SmileNet: labelled faces, the network, training, evaluation, export."""
