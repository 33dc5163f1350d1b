"""
A creator's story: a page when it is written, and nothing that leads to it before.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from drops.catalog.head_pictures import render_heads_left_behind
from drops.catalog.models import Story
from tests.drops.catalog.pictures import picture_of
from tests.storefront.programs import SHOP
from tests.storefront.stalls import Stall, make_stall, tags_of, text_of

pytestmark = pytest.mark.django_db

PAGE = "/kiln-and-tide/story/"


@pytest.fixture(autouse=True)
def shop_url(settings: Any) -> None:
    settings.SHOP_URL = SHOP


@pytest.fixture
def stall() -> Stall:
    return make_stall()


@pytest.fixture
def story(stall: Stall) -> Story:
    body = "<p>I came to clay by mistake</p><h2>The room</h2><p>A net store by the river.</p>"
    return Story.objects.create(creator=stall.creator, title="Ninety pieces, one kiln", body_html=body)


def links_of(client: Client, path: str) -> list[str]:
    return [attributes.get("href", "") for tag, attributes in tags_of(client.get(path)) if tag == "a"]


def meta_of(client: Client) -> dict[str, str]:
    return {
        attributes.get("property") or attributes.get("name", ""): attributes.get("content", "")
        for tag, attributes in tags_of(client.get(PAGE))
        if tag == "meta"
    }


def test_without_a_story_there_is_no_page_and_nothing_leads_there(client: Client, stall: Stall) -> None:
    answer = client.get(PAGE)

    assert (answer.status_code, "has not written a story yet" in text_of(answer)) == (404, True)
    assert PAGE not in links_of(client, "/kiln-and-tide/")
    assert "story" not in client.get("/sitemap.xml").content.decode()
    assert client.get("/oembed.json", {"url": f"{SHOP}{PAGE}"}).status_code == 404


def test_a_written_story_is_shown_and_found(client: Client, story: Story) -> None:
    answer = client.get(PAGE)

    assert answer.status_code == 200
    assert "Ninety pieces, one kiln I came to clay by mistake The room A net store by the river." in text_of(answer)
    assert [tag for tag, _ in tags_of(answer)].count("h1") == 1
    assert "/kiln-and-tide/" in links_of(client, PAGE)
    assert PAGE in links_of(client, "/kiln-and-tide/")
    assert f"<loc>{SHOP}{PAGE}</loc>" in client.get("/sitemap.xml").content.decode()
    told = client.get("/oembed.json", {"url": f"{SHOP}{PAGE}"}).json()
    assert (told["title"], told["author_name"]) == ("Ninety pieces, one kiln · Kiln & Tide", "Kiln & Tide")


def test_the_link_is_there_also_when_the_shop_says_nothing_else_of_itself(client: Client, story: Story) -> None:
    story.creator.story = ""
    story.creator.save(update_fields=["story"])

    assert PAGE in links_of(client, "/kiln-and-tide/")


def test_its_preview_shows_the_portrait_and_the_first_words(client: Client, story: Story) -> None:
    story.portrait_alt = "Ines at the wheel."
    story.portrait.save("ines.jpg", ContentFile(picture_of("JPEG", size=(800, 1000))))
    render_heads_left_behind()

    meta = meta_of(client)

    stem = story.portrait.url.removesuffix(".jpg")
    assert meta["og:type"] == "article"
    assert meta["og:title"] == "Ninety pieces, one kiln · Kiln & Tide"
    assert meta["og:description"] == "I came to clay by mistake. The room. A net store by the river."
    assert meta["description"] == meta["og:description"]
    assert meta["og:url"] == f"{SHOP}{PAGE}"
    assert (meta["og:image"], meta["og:image:alt"]) == (f"{SHOP}{stem}/640.jpg", "Ines at the wheel.")
    assert (meta["og:image:width"], meta["og:image:height"]) == ("640", "800")


def test_a_long_story_is_cut_for_chats_that_show_no_more(client: Client, story: Story) -> None:
    Story.objects.filter(pk=story.pk).update(body_html=f"<p>{'clay ' * 100}</p>")

    told = meta_of(client)["og:description"]

    assert (len(told), told[-1]) == (200, "…")


def test_the_portrait_comes_in_the_size_of_the_screen_with_its_words(client: Client, story: Story) -> None:
    story.portrait_alt = "Ines at the wheel."
    story.portrait.save("ines.jpg", ContentFile(picture_of("JPEG", size=(700, 875))))
    render_heads_left_behind()

    tags = tags_of(client.get(PAGE))

    [image] = [attributes for tag, attributes in tags if tag == "img"]
    assert (image["alt"], image["width"], image["height"]) == ("Ines at the wheel.", "700", "875")
    [avif] = [
        attributes["srcset"] for tag, attributes in tags if tag == "source" and attributes["type"] == "image/avif"
    ]
    assert [part.split()[-1] for part in avif.split(", ")] == ["320w", "480w", "640w", "700w"]


def test_programs_read_whom_it_is_about(client: Client, story: Story) -> None:
    page = client.get(PAGE).content.decode()
    blocks = [part.partition("</script>")[0] for part in page.split('<script type="application/ld+json">')[1:]]

    about, crumbs = map(json.loads, blocks)

    assert (about["@type"], about["mainEntity"]["name"]) == ("AboutPage", "Kiln & Tide")
    assert about["url"] == f"{SHOP}{PAGE}"
    assert [step["name"] for step in crumbs["itemListElement"]] == ["Kiln & Tide", "Ninety pieces, one kiln"]


def test_a_story_of_nobody_is_not_found(client: Client, story: Story) -> None:
    assert client.get("/nobody/story/").status_code == 404
