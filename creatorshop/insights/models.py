from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from drops.schedule.models import Drop


class ProofAlertQuerySet(models.QuerySet["ProofAlert"]):
    def open(self) -> ProofAlertQuerySet:
        return self.filter(resolved_at=None)


class ProofAlert(models.Model):
    """
    A sum that did not add up, from when it was first seen until it does again.

    The same sum of the same SKU is one row however often it is looked at; when it breaks once more later, that is a new one.
    """

    drop = models.ForeignKey(
        Drop,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="proof_alerts",
        help_text="None: the ledger.",
    )
    subject = models.CharField(max_length=200, help_text="The SKU's code, or the cause of the ledger's transaction.")
    code = models.CharField(max_length=40, help_text="Which sum it is.")
    problem = models.CharField(max_length=400, help_text="What is wrong, with the numbers as last seen.")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = ProofAlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["drop", "subject", "code"],
                name="proof_alert_open_once",
                condition=Q(resolved_at=None),
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="proof_alert_seen_in_order", condition=Q(last_seen_at__gte=F("first_seen_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.problem}"
