"""Review: what a person sees of a session's viewers, and what they mend of it."""
