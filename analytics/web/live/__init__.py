"""What is being looked at now."""
