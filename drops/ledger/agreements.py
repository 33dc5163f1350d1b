"""
Who shares in what a drop sells, and what the platform takes for it: proposed, accepted by everybody, and only then true.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet, Subquery

from drops.catalog.models import Creator
from drops.errors import Invalid
from drops.ledger import answers
from drops.ledger.agreement_models import AgreementLine, AgreementState, SplitAgreement
from drops.ledger.models import Payee
from drops.ledger.payees import payee_of
from drops.ledger.splits import AgreementTerms, SplitLine, is_whole
from drops.money import BASIS
from drops.schedule.models import Drop

MOST_PAYEES = 12


class SharesNotWhole(Invalid):
    code = "shares_not_whole"


class PayeesUnfit(Invalid):
    """Somebody is named twice, has no share, sells in another currency, or there are too many."""

    code = "payees_unfit"


class DropOfSomebodyElse(Invalid):
    code = "drop_of_somebody_else"


@dataclass(frozen=True)
class ProposedLine:
    """One creator's part, as it is proposed."""

    creator: Creator
    share_bp: int


def agreement_for(*, creator: Creator, drop: Drop | None, at: datetime) -> AgreementTerms:
    """
    Return what is agreed for a drop at an instant; where nothing is, the creator who sells gets all.

    A drop's own agreement comes before that of the whole shop, and of each the last version that is in effect.
    """
    # One query, also where nothing is agreed: a quote asks this for every price it makes.
    best = (
        SplitAgreement.objects.in_effect(at=at)
        .filter(Q(drop=drop) | Q(drop=None), creator=creator.pk)
        .order_by(F("drop").asc(nulls_last=True), "-version")
    )
    lines = list(
        AgreementLine.objects.filter(agreement=Subquery(best.values("pk")[:1]))
        .select_related("agreement", "payee")
        .order_by("position")
    )
    if not lines:
        return AgreementTerms(
            ref="",
            version=0,
            lines=(SplitLine(creator.payee_id, creator.name, BASIS),),
            platform_bp=creator.service_fee_bp,
            platform_fixed_minor=creator.service_fee_fixed_minor,
        )
    agreement = lines[0].agreement
    return AgreementTerms(
        ref=agreement.ref,
        version=agreement.version,
        lines=tuple(SplitLine(line.payee_id, line.payee.name, line.share_bp) for line in lines),
        platform_bp=agreement.platform_bp,
        platform_fixed_minor=agreement.platform_fixed_minor,
    )


def propose_agreement(
    *,
    creator: Creator,
    drop: Drop | None,
    lines: Sequence[ProposedLine],
    valid_from: datetime,
    actor: str,
    now: datetime,
    note: str = "",
    platform_bp: int | None = None,
    platform_fixed_minor: int | None = None,
) -> SplitAgreement:
    """
    Propose a version of who shares in a drop, or in the whole shop; one that still waits for answers is withdrawn.

    Without other numbers the platform's fee is what it has agreed with the creator.

    :raises SharesNotWhole: if the shares do not sum to 100 %.
    :raises PayeesUnfit: if somebody is named twice, has no share or sells in another currency.
    :raises DropOfSomebodyElse: if the drop is not the creator's.
    """
    _refuse_unfit(creator, drop, lines)
    with transaction.atomic():
        # Whoever proposes for the same shop waits here, so that versions are numbered without gaps.
        Creator.objects.select_for_update(no_key=True).get(pk=creator.pk)
        series = SplitAgreement.objects.filter(creator=creator, drop=drop)
        series.filter(state=AgreementState.PROPOSED).update(
            state=AgreementState.WITHDRAWN, closed_by=actor, closed_at=now
        )
        last = series.aggregate(version=Max("version"), ref=Max("ref"))
        agreement = SplitAgreement.objects.create(
            **({"ref": last["ref"]} if last["ref"] else {}),
            version=(last["version"] or 0) + 1,
            creator=creator,
            drop=drop,
            platform_bp=creator.service_fee_bp if platform_bp is None else platform_bp,
            platform_fixed_minor=(
                creator.service_fee_fixed_minor if platform_fixed_minor is None else platform_fixed_minor
            ),
            valid_from=valid_from,
            note=note,
            proposed_by=actor,
            proposed_at=now,
        )
        AgreementLine.objects.bulk_create(
            [
                AgreementLine(
                    agreement=agreement,
                    position=position,
                    payee=payee_of(creator=line.creator),
                    share_bp=line.share_bp,
                )
                for position, line in enumerate(lines)
            ]
        )
    return agreement


def accept_agreement(*, agreement_id: int, payee: Payee, actor: str, now: datetime) -> SplitAgreement:
    """
    Accept an agreement for one payee; with the last one's answer it counts, from its first day on. A repeat is harmless.

    :raises AgreementNotFound: and the others, as `answers.accept` says.
    """
    return answers.accept(model=SplitAgreement, agreement_id=agreement_id, payee=payee, actor=actor, now=now)


def decline_agreement(*, agreement_id: int, payee: Payee, actor: str, now: datetime) -> SplitAgreement:
    """
    Decline an agreement for one payee: it is over, and what counted before goes on.

    :raises AgreementNotFound: and the others, as `answers.decline` says.
    """
    return answers.decline(model=SplitAgreement, agreement_id=agreement_id, payee=payee, actor=actor, now=now)


def withdraw_agreement(*, agreement_id: int, actor: str, now: datetime) -> SplitAgreement:
    """
    Take back a proposal that still waits for answers.

    :raises AgreementNotFound: and the others, as `answers.withdraw` says.
    """
    return answers.withdraw(model=SplitAgreement, agreement_id=agreement_id, actor=actor, now=now)


def unanswered(*, agreement: SplitAgreement) -> QuerySet[AgreementLine]:
    """Return the lines of an agreement whose payees have not accepted it."""
    return agreement.lines.exclude(payee__in=agreement.acceptances.values("payee")).order_by("position")


def is_in_effect(*, agreement: SplitAgreement, at: datetime) -> bool:
    """Tell whether new orders of its subject follow this version."""
    later = SplitAgreement.objects.in_effect(at=at).filter(ref=agreement.ref).order_by("-version").first()
    return later is not None and later.pk == agreement.pk


def _refuse_unfit(creator: Creator, drop: Drop | None, lines: Sequence[ProposedLine]) -> None:
    if drop is not None and drop.creator_id != creator.pk:
        raise DropOfSomebodyElse(f"{drop} is not a drop of {creator}.")
    if not 1 <= len(lines) <= MOST_PAYEES:
        raise PayeesUnfit(f"An agreement is between 1 and {MOST_PAYEES} creators.")
    names = [line.creator for line in lines]
    for line in lines:
        if names.count(line.creator) > 1:
            raise PayeesUnfit(f"{line.creator} is named twice.")
        if line.share_bp < 1:
            raise PayeesUnfit(f"{line.creator} has no share.")
        if line.creator.currency != creator.currency:
            raise PayeesUnfit(
                f"{line.creator} is paid in {line.creator.currency}, and {creator} sells in {creator.currency}."
            )
    if not is_whole([SplitLine(None, "", line.share_bp) for line in lines]):
        total = sum(line.share_bp for line in lines)
        raise SharesNotWhole(f"The shares sum to {total / 100:g} %, not to 100 %.", sum_bp=total)
