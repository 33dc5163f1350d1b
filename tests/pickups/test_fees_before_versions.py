"""What a partner was paid before there were versions becomes the first of them, and can be put back."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from drops.catalog.models import Creator
from drops.ledger.agreement_models import Acceptance, AgreementState, PartnerAgreement
from drops.ledger.payees import payee_of
from pickups.models import Location, Partner
from tests.factories import make_creator
from tests.pickups.factories import make_cafe

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE = [("pickups", "0003_shelf"), ("drops", "0048_ratings")]


def migrate(*targets):
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())


@pytest.fixture
def back_to_today():
    yield
    migrate()


def fees(*rows):
    """Write fees into the columns that are gone from the models."""
    with connection.cursor() as cursor:
        for partner, fixed_minor, bp in rows:
            cursor.execute(
                "UPDATE pickups_partner SET fee_fixed_minor = %s, fee_bp = %s WHERE id = %s",
                [fixed_minor, bp, partner.pk],
            )


def test_a_fee_becomes_version_one_with_each_creator_and_can_be_put_back(back_to_today):
    cafe = make_cafe(creator=make_creator(name="Mira"), fee_fixed_minor=0)
    free = make_cafe(creator=make_creator(name="Ana"), fee_fixed_minor=0, partner_name="Free", name="Free")
    second = make_creator(name="Bo")
    payee = payee_of(creator=second)
    cafe.creators.add(second, make_creator(name="Dollar", currency="USD"))
    migrate(*BEFORE)
    fees((cafe.partner, 120, 250), (free.partner, 0, 0))

    migrate()

    said = PartnerAgreement.objects.order_by("creator__name")
    assert list(said.values_list("creator__name", "version", "fixed_minor", "bp", "state", "note")) == [
        ("Bo", 1, 120, 250, AgreementState.ACCEPTED, "As it was agreed before."),
        ("Mira", 1, 120, 250, AgreementState.ACCEPTED, "As it was agreed before."),
    ]
    assert set(said.values_list("partner", flat=True)) == {cafe.partner.payee_id}
    mira = Creator.objects.get(name="Mira")
    assert set(Acceptance.objects.values_list("payee", "accepted_by")) == {
        (cafe.partner.payee_id, "shop"),
        (payee.pk, "shop"),
        (mira.payee_id, "shop"),
    }

    migrate(*BEFORE[:1])
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, fee_fixed_minor, fee_bp FROM pickups_partner ORDER BY name")
        assert cursor.fetchall() == [("Café Mira", 120, 250), ("Free", 0, 0)]
    migrate()
    assert (PartnerAgreement.objects.count(), Acceptance.objects.count()) == (2, 4)
    assert (Partner.objects.count(), Location.objects.count()) == (2, 2)

    migrate(*BEFORE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM drops_acceptance")
        assert cursor.fetchone() == (0,)
