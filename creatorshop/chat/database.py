"""
The few threads in which a socket process talks to the database.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from django.db import close_old_connections

Answer = TypeVar("Answer")

# Each keeps one database connection; a question takes a few milliseconds, so eight answer thousands a second.
THREADS = 8
_pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="socket-db")


async def ask(question: Callable[..., Answer], **kwargs: Any) -> Answer:
    """Run a function that reads or writes the database, without holding up the sockets."""
    return await asyncio.get_running_loop().run_in_executor(_pool, partial(_answer, question, kwargs))


def _answer(question: Callable[..., Answer], kwargs: dict[str, Any]) -> Answer:
    close_old_connections()  # as Django does around each request
    try:
        return question(**kwargs)
    finally:
        close_old_connections()
