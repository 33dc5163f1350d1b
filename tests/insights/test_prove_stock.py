from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from drops.stock.models import Hold, HoldState, Token
from fulfillment.models import ParcelUnit
from tests.clock import stopped_clock
from tests.factories import NOON
from tests.insights.makers import make_mugs_everywhere

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def outside_world(settings):
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    with stopped_clock(NOON):
        yield


def prove(*arguments):
    out, err = StringIO(), StringIO()
    call_command("prove_stock", *arguments, stdout=out, stderr=err)
    return out.getvalue()


@pytest.fixture
def drop_sku():
    return make_mugs_everywhere()


def test_every_unit_is_somewhere(drop_sku):
    printed = prove("--drop", drop_sku.drop.ref).splitlines()

    assert printed[2].split() == [
        "SKU",
        "tokens",
        "free",
        "held",
        "sold",
        "void",
        "refunded",
        "ordered",
        "parcels",
        "pickups",
        "adds",
        "up",
    ]
    assert printed[3].split() == [drop_sku.sku.code, *["4", "1", "1", "2", "0", "0", "2", "1", "1", "yes"]]
    assert printed[4] == "1 drop(s): every line adds up, and so does the ledger."


@pytest.mark.parametrize(
    "tamper",
    [
        lambda: ParcelUnit.objects.all().delete(),
        lambda: Token.objects.filter(status="free").update(status="void", free_at="9000-01-01T00:00:00Z"),
        lambda: Token.objects.filter(status="free").delete(),
        lambda: Hold.objects.filter(state=HoldState.CONFIRMED).update(state=HoldState.RELEASED),
    ],
)
def test_a_row_that_was_tampered_with_ends_the_command_with_an_error(drop_sku, tamper):
    tamper()

    with pytest.raises(CommandError, match="the stock does not add up"):
        prove()


def test_a_drop_that_does_not_exist_is_named():
    with pytest.raises(CommandError, match="There is no drop nowhere"):
        prove("--drop", "nowhere")
