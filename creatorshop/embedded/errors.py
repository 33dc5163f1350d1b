class EngineFailed(Exception):
    """An engine does not start; the sentence says what a person can do about it."""
