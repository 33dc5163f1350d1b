from __future__ import annotations

from datetime import datetime
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

from drops.catalog.models import Creator
from drops.ledger.models import Payee
from drops.refs import new_ref
from drops.schedule.models import Drop


class AgreementState(models.TextChoices):
    PROPOSED = "proposed", "Waits for answers"
    ACCEPTED = "accepted", "Accepted by all"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


_Agreed = TypeVar("_Agreed", bound="Proposal")


class ProposalQuerySet(models.QuerySet[_Agreed]):
    def in_effect(self, *, at: datetime) -> Self:
        """Return those that everybody had accepted and that had begun; of one subject the last version counts."""
        return self.filter(state=AgreementState.ACCEPTED, effective_at__lte=at)


class Proposal(models.Model):
    """
    One version of something that several payees agree on.

    Never changed once proposed; the next version is a new row. It counts only once everybody concerned has accepted it.
    """

    ref = models.CharField(max_length=32, default=new_ref, editable=False, help_text="The same for all versions.")
    version = models.PositiveIntegerField()
    valid_from = models.DateTimeField(help_text="Not before then, even if everybody has accepted.")
    note = models.CharField(max_length=200, blank=True, help_text="What it is about, for those who are to accept it.")
    state = models.CharField(max_length=10, choices=AgreementState, default=AgreementState.PROPOSED)
    proposed_by = models.CharField(max_length=60)
    proposed_at = models.DateTimeField()
    closed_by = models.CharField(max_length=60, blank=True, help_text="Who answered last, declined or withdrew it.")
    closed_at = models.DateTimeField(null=True)
    effective_at = models.DateTimeField(null=True, help_text="From when on it counts: accepted by all, and begun.")

    acceptances: models.QuerySet[Acceptance]  # of a subclass: what accepts it

    objects = ProposalQuerySet.as_manager()

    class Meta:
        abstract = True

    def parties(self) -> models.QuerySet[Payee]:
        """Return everybody who has to accept it."""
        raise NotImplementedError


class SplitAgreement(Proposal):
    """One version of how several creators share what a creator sells, in one drop or in the whole shop."""

    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="agreements", help_text="Who sells.")
    drop = models.ForeignKey(
        Drop,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="agreements",
        help_text="None: the whole shop.",
    )
    platform_bp = models.PositiveIntegerField(help_text="The platform's fee on the goods, in basis points.")
    platform_fixed_minor = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="agreement_version_once", fields=["ref", "version"]),
            models.UniqueConstraint(
                name="agreement_version_once_per_subject",
                fields=["creator", "drop", "version"],
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                name="agreement_one_proposal_at_a_time",
                fields=["creator", "drop"],
                condition=Q(state=AgreementState.PROPOSED),
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="agreement_state_known", condition=Q(state__in=AgreementState.values)),
            models.CheckConstraint(name="agreement_fee_below_whole", condition=Q(platform_bp__lte=10_000)),
            models.CheckConstraint(
                name="agreement_counts_once_accepted",
                condition=Q(state=AgreementState.ACCEPTED, effective_at__isnull=False)
                | ~Q(state=AgreementState.ACCEPTED) & Q(effective_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"Version {self.version} for {self.drop or 'the whole shop'}"

    def parties(self) -> models.QuerySet[Payee]:
        return Payee.objects.filter(agreement_lines__agreement=self)


class AgreementLine(models.Model):
    """One creator's part of an agreement."""

    agreement = models.ForeignKey(SplitAgreement, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField(help_text="The first gets the cent that cannot be shared.")
    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, related_name="agreement_lines")
    share_bp = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="agreement_payee_once", fields=["agreement", "payee"]),
            models.UniqueConstraint(name="agreement_position_once", fields=["agreement", "position"]),
            models.CheckConstraint(name="agreement_share_positive", condition=Q(share_bp__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.share_bp / 100:g} % for {self.payee}"


class PartnerAgreement(Proposal):
    """One version of what a partner gets for each unit that it hands over for a creator."""

    creator = models.ForeignKey(
        Creator, on_delete=models.PROTECT, related_name="partner_agreements", help_text="Whose orders it hands over."
    )
    partner = models.ForeignKey(
        Payee, on_delete=models.PROTECT, related_name="partner_agreements", help_text="Who is paid for it."
    )
    fixed_minor = models.PositiveIntegerField(default=0, help_text="For each unit, in the creator's minor units.")
    bp = models.PositiveIntegerField(default=0, help_text="Of the goods' price, in basis points: 250 is 2.5 %.")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="partner_agreement_version_once", fields=["ref", "version"]),
            models.UniqueConstraint(
                name="partner_agreement_version_once_per_subject", fields=["creator", "partner", "version"]
            ),
            models.UniqueConstraint(
                name="partner_agreement_one_proposal_at_a_time",
                fields=["creator", "partner"],
                condition=Q(state=AgreementState.PROPOSED),
            ),
            models.CheckConstraint(name="partner_agreement_state_known", condition=Q(state__in=AgreementState.values)),
            models.CheckConstraint(name="partner_agreement_fee_below_whole", condition=Q(bp__lte=10_000)),
            models.CheckConstraint(
                name="partner_agreement_counts_once_accepted",
                condition=Q(state=AgreementState.ACCEPTED, effective_at__isnull=False)
                | ~Q(state=AgreementState.ACCEPTED) & Q(effective_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"Version {self.version} with {self.partner}"

    def parties(self) -> models.QuerySet[Payee]:
        return Payee.objects.filter(Q(pk=self.partner_id) | Q(creator=self.creator_id))


class Acceptance(models.Model):
    """That a payee agreed to a version, of a split or of a partner's terms: who said so, and when. Append-only."""

    agreement = models.ForeignKey(SplitAgreement, on_delete=models.PROTECT, null=True, related_name="acceptances")
    partner_agreement = models.ForeignKey(
        PartnerAgreement, on_delete=models.PROTECT, null=True, related_name="acceptances"
    )
    payee = models.ForeignKey(Payee, on_delete=models.PROTECT, related_name="acceptances")
    accepted_by = models.CharField(max_length=60)
    accepted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="acceptance_once", fields=["agreement", "payee"]),
            models.UniqueConstraint(name="partner_acceptance_once", fields=["partner_agreement", "payee"]),
            models.CheckConstraint(
                name="acceptance_of_one_thing",
                condition=Q(agreement__isnull=True, partner_agreement__isnull=False)
                | Q(agreement__isnull=False, partner_agreement__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payee} accepted"
