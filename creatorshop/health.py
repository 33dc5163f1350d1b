"""
Answers a load balancer: is the process up, and is everything there that it needs.

A middleware, not two views: it answers before hosts, redirects to https and sessions are looked at, because a probe knows
the machine by its address, speaks plain HTTP and has no cookies. It never says why something is missing; the log does.
"""

import logging
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)


class HealthMiddleware:
    """Answers /healthz and /readyz."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info not in ("/healthz", "/readyz"):
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        missing = missing_parts() if request.path_info == "/readyz" else []
        answer = JsonResponse({"ok": not missing, "missing": missing}, status=503 if missing else 200)
        answer["Cache-Control"] = "no-store"
        return answer


def missing_parts() -> list[str]:
    """Return what this process needs and does not have: "database", "migrations", "redis"."""
    database = _database()
    return [*database, *_redis()]


def _database() -> list[str]:
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        executor = MigrationExecutor(connection)
        unapplied = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        logger.warning("Unable to reach the database", exc_info=True)
        # A broken connection is thrown away, otherwise this thread would go on failing after the database is back.
        connection.close()
        return ["database"]
    if unapplied:
        logger.warning("Migrations have not been applied: %s", ", ".join(str(step) for step, _ in unapplied))
        return ["migrations"]
    return []


def _redis() -> list[str]:
    # One attempt: a probe asks again soon enough by itself, and redis-py would go on trying for several seconds.
    once = Retry(NoBackoff(), 0)
    client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2, retry=once)
    try:
        client.ping()
    except redis.RedisError:
        logger.warning("Unable to reach Redis", exc_info=True)
        return ["redis"]
    finally:
        client.close()
    return []
