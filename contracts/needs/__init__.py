"""The fields a team reads of an event, and whether they are still there."""
