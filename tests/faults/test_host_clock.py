"""An application host whose clock is ten minutes wrong sells like any other: only the database's clock decides."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection

from drops.clock import database_now
from drops.sales.models import Order
from tests.factories import make_drop_sku, make_quote
from tests.faults.endings import counts_of, problems_of
from tests.fulfillment.makers import make_post
from tests.stack import shared_engines

pytestmark = pytest.mark.django_db(transaction=True)

A_MOMENT = timedelta(seconds=60)


@pytest.mark.parametrize("shift_s", [600, -600])
def test_a_host_with_the_wrong_time_holds_and_sells_by_the_databases_clock(shift_s):
    drop_sku = make_drop_sku(units=2)
    quote = make_quote(drop_sku=drop_sku, method="parcel", option=make_post(drop=drop_sku.drop).key)
    before = database_now()

    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.shifted_host", str(shift_s), quote.ref],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": shared_engines().address_of(connection.settings_dict["NAME"]), "DEBUG": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    after = database_now()
    told = json.loads(done.stdout.splitlines()[-1])
    host, created_at, expires_at, paid_at = (
        datetime.fromisoformat(told[name]) for name in ("host", "created_at", "expires_at", "paid_at")
    )

    assert abs(host - after - timedelta(seconds=shift_s)) < A_MOMENT  # the host was wrong indeed
    assert before < created_at < paid_at < after
    assert expires_at - created_at == timedelta(minutes=10)
    assert Order.objects.get(ref=told["order"]).hold.quote_ref == quote.ref
    assert counts_of(drop_sku.drop_id) == [(1, 0, 1)]
    assert problems_of(drop_sku.drop_id) == []
