"""
The few threads in which a socket process talks to the database.
"""

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from channels.db import database_sync_to_async

Answer = TypeVar("Answer")

# Each keeps one database connection; a question takes a few milliseconds, so eight answer thousands a second.
THREADS = 8
_pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="socket-db")


async def ask(question: Callable[..., Answer], **kwargs: Any) -> Answer:
    """Run a function that reads or writes the database, without holding up the sockets."""
    # Not thread-sensitive: the default would send every socket's question through one single thread.
    answer: Awaitable[Answer] = database_sync_to_async(question, thread_sensitive=False, executor=_pool)(**kwargs)
    return await answer
