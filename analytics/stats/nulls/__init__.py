"""What chance alone makes: sessions and audiences made up so that nothing holds them together."""
