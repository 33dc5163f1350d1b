import gzip
import json
import re

import brotli
import pytest
from django.test import Client

from creatorshop.storefront.bundle import MODULES, first_bundle, later_bundle
from tests.factories import make_creator


def test_the_script_may_be_loaded_and_kept_by_any_page():
    answer = Client().get("/widget.js")

    assert answer.status_code == 200
    assert answer.content == first_bundle().script
    assert {name: answer[name] for name in ("Access-Control-Allow-Origin", "Cross-Origin-Resource-Policy", "Vary")} == {
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Vary": "Accept-Encoding",
    }
    assert answer["Cache-Control"] == "public, max-age=300, stale-while-revalidate=86400"


@pytest.mark.parametrize(
    ("accepted", "coding", "unpack"),
    [
        ("gzip, deflate, br", "br", brotli.decompress),
        ("gzip", "gzip", gzip.decompress),
        ("br;q=0, gzip", "gzip", gzip.decompress),
    ],
)
def test_the_script_is_packed_as_the_browser_likes(accepted, coding, unpack):
    answer = Client().get("/widget.js", headers={"Accept-Encoding": accepted})

    assert answer["Content-Encoding"] == coding
    assert unpack(answer.content) == first_bundle().script


def test_a_known_script_is_not_sent_again():
    tag = Client().get("/widget.js")["ETag"]

    answer = Client().get("/widget.js", headers={"If-None-Match": tag})

    assert (answer.status_code, answer.content) == (304, b"")


def test_the_script_names_the_version_of_the_part_that_it_fetches_later():
    [asked] = re.findall(rb"/widget-more\.js\?(\w+)", first_bundle().script)

    assert f'"{asked.decode()}"' == later_bundle().etag
    assert first_bundle().script.count(b"import(") == 1


def test_the_joined_script_has_no_module_words_left():
    assert not re.search(rb"^(import|export) ", first_bundle().script, re.MULTILINE)
    assert b"innerHTML" not in first_bundle().script + later_bundle().script
    assert b"postMessage" not in first_bundle().script + later_bundle().script


@pytest.mark.parametrize("path", sorted((MODULES / "locales").glob("*.json")), ids=lambda path: path.stem)
def test_a_language_says_everything_that_english_says(path):
    source = (MODULES / "words.js").read_text() + (MODULES / "rarewords.js").read_text()
    english = dict(re.findall(r'^  (\w+): "(.*)",$', source, re.MULTILINE))
    words = json.loads(path.read_text())

    assert set(english) - set(words) == set()
    places = {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in english.items()}
    assert {key: sorted(re.findall(r"\{\w+\}", words[key])) for key in english if key != "minutes_one"} == {
        key: found for key, found in places.items() if key != "minutes_one"
    }
    assert len(path.read_bytes()) < 4096


@pytest.mark.django_db
def test_the_page_of_a_key_may_be_framed_by_the_creators_own_origins_alone():
    creator = make_creator(allowed_origins=["https://kilnandtide.example"])

    answer = Client().get(f"/w/{creator.embed_key}/")

    assert answer.status_code == 200
    assert "frame-ancestors 'self' https://kilnandtide.example" in answer["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer
    assert f'data-key="{creator.embed_key}"' in answer.content.decode()


@pytest.mark.django_db
def test_a_key_that_nobody_has_gets_the_shops_own_page_of_regret():
    answer = Client().get("/w/pk_nobody/")

    assert answer.status_code == 404
    assert "No shop has this key." in answer.content.decode()


def test_a_photo_may_be_loaded_by_any_page(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "mug.jpg").write_bytes(b"a mug")

    answer = Client().get("/media/mug.jpg")

    assert b"".join(answer.streaming_content) == b"a mug"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert Client().get("/media/gone.jpg").status_code == 404
