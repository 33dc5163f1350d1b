"""
The hourly look at every sum of the shop. The first one that does not add up is an alert, told once.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse

from creatorshop.insights.models import ProofAlert
from creatorshop.insights.proof import audit_problems, whole_ledger_proof, whole_proofs_of
from drops.schedule.models import Drop

logger = logging.getLogger(__name__)

# A snapshot that stays open for long keeps the database from tidying up, so no more drops than this are proved in one.
DROPS_AT_ONCE = 20


@dataclass(frozen=True)
class Finding:
    """A sum that does not add up right now."""

    drop: Drop | None
    subject: str
    code: str
    problem: str


def raise_alerts(*, now: datetime) -> list[ProofAlert]:
    """
    Prove all drops and the ledger, keep what is wrong as alerts and resolve those that add up again; return the new ones.

    The mail goes out afterwards, by `mail_alerts`: no network while rows are locked.
    """
    findings = list(_findings())
    with transaction.atomic():
        kept = [_keep(finding, now) for finding in findings]
        ProofAlert.objects.open().exclude(pk__in=[alert.pk for alert, _ in kept]).update(resolved_at=now)
    return [alert for alert, is_new in kept if is_new]


def mail_alerts(*, now: datetime) -> int:
    """Tell those who asked for it of open alerts they have not heard of; return how many were told."""
    if not settings.PROOF_ALERT_EMAIL:
        return 0
    with transaction.atomic():
        waiting = ProofAlert.objects.open().filter(mailed_at=None).select_for_update(skip_locked=True, of=("self",))
        alerts = list(waiting.select_related("drop").order_by("first_seen_at", "pk"))
        # Noted before it is sent, so that a second worker does not send it too; taken back when the mail does not leave.
        ProofAlert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(mailed_at=now)
    if not alerts:
        return 0
    try:
        send_mail(
            f"Stock alert: {len(alerts)} sum{'s' if len(alerts) > 1 else ''} not adding up",
            "\n".join([*map(_sentence, alerts), "", f"{settings.SHOP_URL}{reverse('admin:index')}"]),
            None,
            settings.PROOF_ALERT_EMAIL,
        )
    except (SMTPException, OSError) as error:
        logger.warning("The mail about %s alerts did not leave: %s", len(alerts), type(error).__name__)
        ProofAlert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(mailed_at=None)
        return 0
    return len(alerts)


def _findings() -> Iterator[Finding]:
    everything = list(Drop.objects.order_by("pk"))
    for start in range(0, len(everything), DROPS_AT_ONCE):
        drops = everything[start : start + DROPS_AT_ONCE]
        lines = whole_proofs_of(drops=drops)
        for drop in drops:
            for line in lines[drop.pk]:
                for problem in line.problems:
                    yield Finding(drop, line.stock.sku_code, problem.code, problem.text)
            if broken := audit_problems(drop=drop):
                # One alert for the chain: behind the first broken link there may be thousands.
                yield Finding(drop, "audit trail", "audit", broken[0])
    for check in whole_ledger_proof():
        for where, wrong in check.problems:
            yield Finding(None, where, check.code, wrong)


def _keep(finding: Finding, now: datetime) -> tuple[ProofAlert, bool]:
    alert, is_new = ProofAlert.objects.get_or_create(
        drop=finding.drop,
        subject=finding.subject,
        code=finding.code,
        resolved_at=None,
        defaults={"problem": finding.problem, "first_seen_at": now, "last_seen_at": now},
    )
    if is_new:
        logger.error("Does not add up in drop %s: %s, %s", _place(finding.drop), finding.subject, finding.problem)
    else:
        alert.problem, alert.last_seen_at = finding.problem, now
        alert.save(update_fields=["problem", "last_seen_at"])
    return alert, is_new


def _sentence(alert: ProofAlert) -> str:
    return f"{_place(alert.drop)}, {alert.subject}: {alert.problem}"


def _place(drop: Drop | None) -> str:
    return drop.ref if drop else "(ledger)"
