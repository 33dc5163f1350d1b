"""The pages by which one gets a creator's letter, and stops it."""

import pytest
from django.test import Client

from drops.audience.models import Shopper
from drops.clock import database_now
from drops.letters import links, stopping
from drops.letters.models import Source, Subscriber
from tests.drops.letters.makers import ask, make_subscriber
from tests.factories import make_creator

pytestmark = pytest.mark.django_db

PROMISE = "At most four in 30 days, none between 20:00 and 9:00 where you are. One tap stops it."


@pytest.fixture
def creator():
    return make_creator()


@pytest.fixture
def client():
    return Client(enforce_csrf_checks=True)


def main_of(page):
    return page[page.index("<main") : page.index("</main>")]


def test_the_shop_says_how_often_and_asks_where_to(client, creator):
    page = client.get(f"/{creator.slug}/").content.decode()

    assert f'<form class="letter__form" method="post" action="/{creator.slug}/letter/">' in page
    assert PROMISE in page


def test_to_look_at_the_page_remembers_nobody(client, creator):
    assert PROMISE in client.get(f"/{creator.slug}/letter/").content.decode()
    assert (Shopper.objects.count(), Subscriber.objects.count()) == (0, 0)


def test_an_address_that_is_sent_is_asked_whether_it_was_them(client, creator):
    answer = client.post(f"/{creator.slug}/letter/", {"email": "lena@example.org", "zone": "Asia/Tokyo"})

    assert (answer.status_code, "We ask lena@example.org whether it was you." in answer.content.decode()) == (200, True)
    subscriber = Subscriber.objects.get()
    assert (subscriber.is_live, subscriber.source, subscriber.time_zone) == (False, Source.SHOP, "Asia/Tokyo")
    assert PROMISE in subscriber.consent
    assert client.cookies[f"shopper-{creator.pk}"].value


def test_the_page_says_the_same_of_a_mailbox_that_has_the_letter(client, creator):
    make_subscriber(creator)
    new = client.post(f"/{creator.slug}/letter/", {"email": "tom@example.org"}).content.decode()

    known = client.post(f"/{creator.slug}/letter/", {"email": "lena@example.org"}).content.decode()

    assert main_of(known).replace("lena@", "tom@") == main_of(new)


@pytest.mark.parametrize("email", ["lena", "", "lena@mailinator.com", "a\x00@example.org"])
def test_what_is_no_address_is_said_so_and_remembers_nobody(client, creator, email):
    answer = client.post(f"/{creator.slug}/letter/", {"email": email})

    assert (answer.status_code, 'role="alert"' in answer.content.decode()) == (422, True)
    assert (Shopper.objects.count(), Subscriber.objects.count()) == (0, 0)


def test_a_network_knocks_so_often_and_no_more(client, creator, settings):
    settings.API_RATES = settings.API_RATES | {"letters": "1/3600"}
    client.post(f"/{creator.slug}/letter/", {"email": "lena@example.org"})

    answer = client.post(f"/{creator.slug}/letter/", {"email": "tom@example.org"})

    assert (answer.status_code, int(answer["Retry-After"]) <= 3600) == (429, True)
    assert Subscriber.objects.count() == 1


def test_a_yes_is_a_post_of_our_own_page(client, creator):
    subscriber = ask(creator)
    url = f"/letters/yes/{links.confirm_token(subscriber)}/"

    assert client.post(url).status_code == 403
    page = client.get(url).content.decode()
    assert not Subscriber.objects.live().exists()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    answer = client.post(url, {"csrfmiddlewaretoken": token, "zone": "Europe/Berlin"}).content.decode()

    assert "from now on." in answer
    assert Subscriber.objects.live().get().time_zone == "Europe/Berlin"


def test_a_yes_after_a_stop_leads_to_where_one_may_ask_again(creator):
    subscriber = ask(creator)
    stopping.stop(subscriber=subscriber, now=database_now())

    answer = Client().post(f"/letters/yes/{links.confirm_token(subscriber)}/")

    assert (answer.status_code, f'href="/{creator.slug}/letter/"' in answer.content.decode()) == (409, True)
    assert not Subscriber.objects.live().exists()


def test_a_mail_program_stops_it_with_one_post_and_looking_stops_nothing(client, creator):
    subscriber = make_subscriber(creator)
    url = f"/letters/stop/{links.stop_token(subscriber)}/"

    assert "We send no further letter to this address, and delete it." in client.get(url).content.decode()
    assert Subscriber.objects.live().exists()
    answer = client.post(url, {"List-Unsubscribe": "One-Click"})

    assert (answer.status_code, Subscriber.objects.live().exists()) == (200, False)
    assert Subscriber.objects.get().address == ""


@pytest.mark.parametrize("way", ["yes", "stop"])
def test_a_forged_link_leads_nowhere(client, way):
    assert client.get(f"/letters/{way}/forged/").status_code == 404
