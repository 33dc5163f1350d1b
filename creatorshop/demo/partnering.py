"""
What Café Mira is paid for handing over: terms that it accepted, and other ones that wait for its answer.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from creatorshop.demo.shapes import DemoTaxDetails
from creatorshop.demo.shelves import fill_in_tax_details, make_user
from drops.catalog.models import Creator
from drops.ledger.agreement_models import PartnerAgreement
from drops.ledger.models import Payee
from drops.ledger.partner_agreements import accept_terms, offer_terms
from pickups.models import Partner
from pickups.people import add_partner_member

LOGIN = "mira"
TAX = DemoTaxDetails(
    kind="person",
    first_name="Mira",
    last_name="Coelho",
    date_of_birth=date(1979, 3, 14),
    street="Rua do Açúcar 12",
    postcode="1950-008",
    city="Lisboa",
    country="PT",
    tins=("PT 299999998",),
)
A_YEAR = timedelta(days=365)
A_MONTH = timedelta(days=30)


def agree_with(*, partner: Partner, creators: list[Creator], password: str | None, now: datetime) -> str:
    """Let somebody speak for a partner, agree on its fee and offer another one, once; return the person's login."""
    payee = partner.payee
    assert payee is not None  # make_partner sees to it
    person = make_user(username=LOGIN, first_name="Mira", password=password)
    add_partner_member(partner=partner, user=person)
    fill_in_tax_details(payee, TAX)
    for creator in creators:
        if not PartnerAgreement.objects.filter(creator=creator, partner=payee).exists():
            _agree(creator, payee, now)
    return LOGIN


def _agree(creator: Creator, payee: Payee, now: datetime) -> None:
    # A year ago, so that it counts for the demo's past as well.
    then = now - A_YEAR
    first = offer_terms(
        creator=creator,
        partner=payee,
        fixed_minor=100,
        bp=0,
        valid_from=then,
        note="A euro for every cup you hand over.",
        actor="office:ines",
        now=then,
    )
    accept_terms(agreement_id=first.pk, payee=payee, actor=f"office:{LOGIN}", now=then)
    offer_terms(
        creator=creator,
        partner=payee,
        fixed_minor=80,
        bp=250,
        valid_from=now + A_MONTH,
        note="A little of the price instead, so that the big vases pay for their place on the shelf.",
        actor="office:ines",
        now=now,
    )
