"""What a person did not expect, with the remedy."""


class TapeError(Exception):
    """One line that says what is wrong and what to do; the command ends with exit code 2."""
