"""
An agreement as its page shows it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from drops.ledger.agreement_models import AgreementState, SplitAgreement
from drops.ledger.agreements import is_in_effect
from drops.money import format_minor


@dataclass(frozen=True)
class LineView:
    payee_id: int
    name: str
    percent: str
    accepted_by: str  # empty: not yet
    accepted_at: datetime | None
    may_answer: bool


@dataclass(frozen=True)
class AgreementView:
    agreement: SplitAgreement
    lines: list[LineView]
    platform: str
    standing: str
    waits: bool
    is_in_effect: bool

    @property
    def missing(self) -> list[str]:
        return [line.name for line in self.lines if not line.accepted_by]


def view_of(agreement: SplitAgreement, *, own: Collection[int], now: datetime) -> AgreementView:
    """Return what a person sees of an agreement; they answer for the creators in `own`."""
    said = {row.payee_id: row for row in agreement.acceptances.all()}
    waits = agreement.state == AgreementState.PROPOSED
    lines = []
    for line in agreement.lines.select_related("payee__creator").order_by("position"):
        answer = said.get(line.payee_id)
        creator = getattr(line.payee, "creator", None)
        lines.append(
            LineView(
                payee_id=line.payee_id,
                name=line.payee.name,
                percent=f"{line.share_bp / 100:g} %",
                accepted_by=answer.accepted_by.removeprefix("office:") if answer else "",
                accepted_at=answer.accepted_at if answer else None,
                may_answer=waits and answer is None and creator is not None and creator.pk in own,
            )
        )
    counts = is_in_effect(agreement=agreement, at=now)
    return AgreementView(
        agreement=agreement,
        lines=lines,
        platform=_platform(agreement),
        standing=_standing(agreement, counts, now),
        waits=waits,
        is_in_effect=counts,
    )


def _platform(agreement: SplitAgreement) -> str:
    percent = f"{agreement.platform_bp / 100:g} % of the goods"
    if not agreement.platform_fixed_minor:
        return percent
    return f"{percent} and {format_minor(agreement.platform_fixed_minor, agreement.creator.currency)}"


def _standing(agreement: SplitAgreement, is_in_effect: bool, now: datetime) -> str:
    if is_in_effect:
        return "In effect: new orders are shared like this"
    if agreement.state != AgreementState.ACCEPTED:
        return agreement.get_state_display()
    if agreement.effective_at is not None and agreement.effective_at > now:
        return "Accepted by all, and not begun yet"
    return "A later version took its place; orders made under it keep it"
