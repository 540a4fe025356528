"""Putting events on the bus and reading them from its queues."""
