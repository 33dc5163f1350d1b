"""
The database does not answer: what that looks like, and what every entrance says then. Nothing is broken, and nobody has
to change code; whoever asked comes back in a moment.
"""

import logging

from django.db import InterfaceError, OperationalError

logger = logging.getLogger(__name__)

# What Django raises when a connection could not be made or broke, a server goes down or comes up, or a lock took too long.
# InterfaceError is no DatabaseError: it is what a connection says that was closed under somebody's hands.
DATABASE_AWAY = (OperationalError, InterfaceError)
# Seconds. Long enough for a restart to get somewhere, short beside the ten minutes of a hold.
RETRY_AFTER_S = 2


def note(error: BaseException) -> None:
    """Write down that the database was away, in one line: a restart breaks many requests, and their traces say no more."""
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    logger.warning("Unable to reach the database: %s %s", type(error).__name__, sqlstate or "without a code")
