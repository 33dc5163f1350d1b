import pytest
from django.db import connection
from django.test import Client


def test_a_process_that_is_up_says_so_without_touching_anything(client: Client) -> None:
    # No database is allowed in this test, and a probe that knows only an address is answered over plain HTTP.
    answer = client.get("/healthz", headers={"host": "10.1.2.3"})

    assert (answer.status_code, answer.json()) == (200, {"ok": True, "missing": []})
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_a_shop_with_everything_it_needs_is_ready(client: Client) -> None:
    answer = client.get("/readyz", headers={"host": "10.1.2.3"})

    assert (answer.status_code, answer.json()) == (200, {"ok": True, "missing": []})


@pytest.mark.django_db
def test_a_shop_without_redis_is_not_ready_and_says_so(client: Client, settings, tmp_path) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (503, {"ok": False, "missing": ["redis"]})


@pytest.mark.django_db
def test_a_shop_with_an_unapplied_migration_is_not_ready_and_says_so(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'drops'")

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (503, {"ok": False, "missing": ["migrations"]})


@pytest.mark.django_db(transaction=True)
def test_a_shop_without_database_is_not_ready_and_recovers_by_itself(client: Client) -> None:
    connection.close()
    right = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = "nobody_made_this_one"
    try:
        refused = client.get("/readyz")
    finally:
        connection.settings_dict["NAME"] = right
    answer = client.get("/readyz")

    assert (refused.status_code, refused.json()) == (503, {"ok": False, "missing": ["database"]})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_only_asks(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
