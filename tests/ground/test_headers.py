import pytest
from django.test import Client


def policy_of(answer) -> dict[str, list[str]]:
    directives = (part.split() for part in answer["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in directives}


def test_pages_run_no_script_but_the_shops_own_and_are_framed_by_nobody(client: Client, settings) -> None:
    policy = policy_of(client.get("/static/no-such-file.css"))

    assert policy["default-src"] == ["'self'"]
    assert policy["script-src"] == ["'self'"]
    own, *nonces = policy["style-src"]
    assert own == "'self'"
    assert [nonce.startswith("'nonce-") for nonce in nonces] == [True]
    assert policy["object-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["connect-src"] == ["'self'", settings.SOCKETS_URL]


@pytest.mark.django_db
def test_only_the_admin_may_do_what_its_theme_needs(client: Client) -> None:
    policy = policy_of(client.get("/admin/login/"))

    assert policy["script-src"] == ["'self'", "'unsafe-eval'", "'unsafe-inline'"]
    assert policy["frame-ancestors"] == ["'none'"]


@pytest.mark.django_db
def test_the_address_of_an_order_is_never_handed_to_another_site(client: Client) -> None:
    answer = client.get("/admin/login/")

    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
