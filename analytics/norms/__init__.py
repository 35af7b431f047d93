"""How an evening stands among evenings like it, and how evenings change over months."""
