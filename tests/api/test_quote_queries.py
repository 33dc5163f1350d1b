"""How often a quote over HTTP asks the database. docs/money.md names the figure."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.knocking import knock
from tests.api.test_holds import quote_body
from tests.factories import make_drop_sku, make_shopper

pytestmark = pytest.mark.django_db


def asked(*, tax_rate_bp):
    drop_sku = make_drop_sku()
    drop_sku.drop.creator.tax_rate_bp = tax_rate_bp
    drop_sku.drop.creator.save()
    shopper = make_shopper(creator=drop_sku.drop.creator)
    knock("POST", "quotes", quote_body(drop_sku), shopper=shopper)  # the first makes what later ones find
    with CaptureQueriesContext(connection) as queries:
        answer = knock("POST", "quotes", quote_body(drop_sku), shopper=shopper)
    assert answer.status_code == 201
    return [query["sql"] for query in queries]


def test_the_table_of_rates_is_asked_once_and_only_where_the_creator_has_no_rate_of_their_own():
    own, by_table = asked(tax_rate_bp=2300), asked(tax_rate_bp=None)

    assert [sql for sql in own if "drops_taxrate" in sql] == []
    assert len([sql for sql in by_table if "drops_taxrate" in sql]) == 1
    assert (len(own), len(by_table)) == (14, 15)
