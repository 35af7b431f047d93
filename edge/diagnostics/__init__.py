"""What `doctor` checks: camera, machine, sending."""
