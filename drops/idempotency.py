"""
Doing a thing once, however often it is asked for (stock.md R8).
"""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from drops.errors import Invalid, Refused

KEPT_FOR = timedelta(hours=72)


class KeyReused(Invalid):
    code = "idempotency_key_reused"


class StillRunning(Refused):
    code = "idempotency_in_flight"


class IdempotencyKey(models.Model):
    """
    What was answered to a request, so that its repeat gets the same answer and does nothing.

    Written inside the transaction that earned the answer (drops_place_holds), where a rival under the same key waits for
    the first to commit. A refusal is never stored: the shop may say yes a moment later.
    """

    scope = models.CharField(max_length=80)
    key = models.CharField(max_length=120)
    request_hash = models.CharField(max_length=64)
    answer = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        app_label = "drops"
        constraints = [models.UniqueConstraint(name="idempotency_key_once", fields=["scope", "key"])]
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_age")]

    def __str__(self) -> str:
        return f"{self.scope}: {self.key}"


def hash_of(request: object) -> str:
    """Return the SHA-256 of a request's meaning: key order and blanks do not count."""
    canonical = json.dumps(request, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def stored_answer(*, scope: str, key: str, request: object) -> dict[str, Any] | None:
    """
    Return what was answered to this key before, or None if it is new.

    :raises KeyReused: if the key came with another request.
    """
    row = IdempotencyKey.objects.filter(scope=scope, key=key).first()
    if row is None:
        return None
    if row.request_hash != hash_of(request):
        raise KeyReused("This Idempotency-Key was used for a different request.", key=key)
    return dict(row.answer)


def forget_old_answers(*, now: datetime) -> int:
    """Delete answers that are older than 72 hours; return how many there were."""
    deleted, _ = IdempotencyKey.objects.filter(created_at__lt=now - KEPT_FOR).delete()
    return deleted
