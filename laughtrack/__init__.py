"""One camera on the room: every viewer followed, every smile timed, an audience report."""
