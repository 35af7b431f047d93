"""The same functions over many sessions, one session a task; tables of what came of it."""
