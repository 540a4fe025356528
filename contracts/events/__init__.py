"""What an event is, and all of them: a module an announcing service."""
