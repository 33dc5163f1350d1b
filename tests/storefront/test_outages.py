"""
What a page says while the database is away: come back in a moment, whoever found out.
"""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from tests.storefront.stalls import text_of

pytestmark = pytest.mark.django_db


def breaking(error: Exception, *, at: str = "") -> Any:
    """Return what lets every statement with these words in it fail."""

    def execute_or_break(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if at in sql:
            raise error
        return execute(sql, params, many, context)

    return execute_or_break


@pytest.mark.parametrize("is_desk", [True, False])
@pytest.mark.parametrize(
    "error", [OperationalError("the server went away"), InterfaceError("the connection is closed")]
)
def test_a_page_that_cannot_ask_the_database_asks_to_come_back(
    client: Client, settings: Any, caplog: Any, is_desk: bool, error: Exception
) -> None:
    settings.DEBUG = is_desk

    with connection.execute_wrapper(breaking(error)):
        response = client.get("/kiln-and-tide/?from=mail")

    assert (response.status_code, response["Retry-After"], response["Cache-Control"]) == (503, "2", "no-store")
    assert "Back in a moment." in text_of(response)
    assert 'href="/kiln-and-tide/?from=mail"' in response.content.decode()
    assert "went away" not in response.content.decode()
    assert {record.levelname for record in caplog.records if record.name.startswith("creatorshop")} == {"WARNING"}


def test_what_breaks_after_the_view_asks_to_come_back_as_well(settings: Any) -> None:
    settings.DEBUG = False
    User.objects.create_superuser("mira", password="kiln")
    client = Client(raise_request_exception=False)

    with connection.execute_wrapper(breaking(InterfaceError("closed"), at='UPDATE "django_session"')):
        response = client.post("/admin/login/", {"username": "mira", "password": "kiln"})

    assert (response.status_code, response["Retry-After"]) == (503, "2")


def test_another_fault_is_still_a_fault(client: Client, settings: Any) -> None:
    settings.DEBUG = False
    client.raise_request_exception = False

    with connection.execute_wrapper(breaking(ZeroDivisionError("the secret of the kiln"))):
        response = client.get("/kiln-and-tide/")

    assert response.status_code == 500
    assert "secret" not in response.content.decode()
