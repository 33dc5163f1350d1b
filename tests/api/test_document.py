"""
The API's document is a promise: whoever changes it has to want it.

Write it anew with: REWRITE_OPENAPI=1 python -m pytest tests/api/test_document.py
"""

import json
import os
from pathlib import Path

import pytest

from creatorshop.api.app import api
from tests.api.knocking import knock

KEPT = Path(__file__).with_name("openapi.json")

FIXED = {
    ("post", "/api/v1/sessions"),
    ("post", "/api/v1/sessions/identity"),
    ("get", "/api/v1/drops"),
    ("get", "/api/v1/drops/{drop}"),
    ("get", "/api/v1/drops/{drop}/stock"),
    ("get", "/api/v1/drops/{drop}/delivery"),
    ("post", "/api/v1/quotes"),
    ("post", "/api/v1/holds"),
    ("get", "/api/v1/holds/{hold}"),
    ("delete", "/api/v1/holds/{hold}"),
    ("post", "/api/v1/holds/{hold}/extend"),
    ("post", "/api/v1/holds/{hold}/payments"),
    ("post", "/api/v1/waitlist"),
    ("get", "/api/v1/waitlist/{entry}"),
    ("delete", "/api/v1/waitlist/{entry}"),
    ("get", "/api/v1/orders/{order}"),
    ("get", "/api/v1/thread/messages"),
    ("post", "/api/v1/thread/messages"),
    ("post", "/api/v1/webhooks/{provider}"),
}


@pytest.mark.django_db
def test_the_document_is_the_one_that_was_agreed_on():
    document = knock("GET", "openapi.json").json()

    if os.environ.get("REWRITE_OPENAPI"):
        KEPT.write_text(json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n")

    assert document == json.loads(KEPT.read_text())


def test_the_fixed_names_are_there_and_no_others():
    document = api.get_openapi_schema()

    assert {(method, path) for path, item in document["paths"].items() for method in item} == FIXED


def test_every_refusal_has_the_same_shape():
    document = api.get_openapi_schema()

    shapes = {
        json.dumps(answer.get("content", {}).get("application/json", {}).get("schema"))
        for item in document["paths"].values()
        for operation in item.values()
        for status, answer in operation["responses"].items()
        if int(status) >= 400
    }

    assert shapes == {'{"$ref": "#/components/schemas/ErrorOut"}'}
