"""Writing to subscribers, and seeing of them what one needs to see."""

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.urls import reverse
from django.utils.html import strip_tags

from drops.clock import database_now
from drops.letters.counting import SubscriberCount
from drops.letters.models import Letter, LetterCopy, LetterState, Subscriber
from drops.letters.sending import send_letter
from tests.drops.letters.makers import ask, make_letter, make_subscriber

pytestmark = pytest.mark.django_db


def page(letter, name="letter"):
    return reverse(f"admin:office_{name}", args=[letter.pk])


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def test_a_letter_is_written_looked_at_and_sent_once(shop, owner):
    make_subscriber(shop.creator)
    words = {"creator": shop.creator.pk, "subject": " News  of mugs ", "body": "Hello <i>you</i>."}

    written = owner.post(reverse("admin:drops_letter_add"), words)

    letter = Letter.objects.get()
    assert (written.url, letter.subject, letter.state) == (page(letter), "News of mugs", LetterState.DRAFT)
    assert "Send to 1 subscriber" in strip_tags(owner.get(page(letter)).content.decode())
    assert "Hello &lt;i&gt;you&lt;/i&gt;." in owner.get(page(letter, "letter_mail")).content.decode()

    first = owner.post(page(letter, "letter_send"), {"looked": "1"}, follow=True)
    second = owner.post(page(letter, "letter_send"), {"looked": "1"}, follow=True)

    assert said(first) == ["On its way to 1 subscriber."]
    assert said(second) == ["This letter is on its way already. It is sent once."]
    letter.refresh_from_db()
    assert (letter.state, letter.sent_by, LetterCopy.objects.count()) == (LetterState.SENDING, "office:owner", 1)


def test_a_letter_that_was_sent_cannot_be_changed_or_thrown_away(shop, owner):
    make_subscriber(shop.creator)
    letter = make_letter(shop.creator)
    send_letter(letter=letter, actor="office:owner", now=database_now())
    words = {"creator": shop.creator.pk, "subject": "Other", "body": "Other."}

    assert owner.post(reverse("admin:drops_letter_change", args=[letter.pk]), words).status_code == 403
    assert owner.post(reverse("admin:drops_letter_delete", args=[letter.pk]), {"post": "yes"}).status_code == 403

    letter.refresh_from_db()
    assert letter.subject == "The kiln is warm"


def test_the_preview_lets_nothing_in_but_its_own_styles_and_is_framed_by_the_office_alone(shop, owner):
    answer = owner.get(page(make_letter(shop.creator), "letter_mail"))

    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "style-src 'unsafe-inline'" in policy
    assert ("frame-ancestors 'self'" in policy, answer["X-Frame-Options"]) == (True, "SAMEORIGIN")


def test_a_letter_that_nobody_read_again_stays_a_draft(shop, owner):
    make_subscriber(shop.creator)
    letter = make_letter(shop.creator)

    answer = owner.post(page(letter, "letter_send"), follow=True)

    letter.refresh_from_db()
    assert said(answer) == ["Please read it first; it cannot be called back."]
    assert (letter.state, LetterCopy.objects.count()) == (LetterState.DRAFT, 0)


def test_a_test_copy_goes_to_the_writers_own_address(shop, owner):
    get_user_model().objects.filter(username="owner").update(email="ana@kiln.example")
    letter = make_letter(shop.creator)

    answer = owner.post(page(letter, "letter_test"), follow=True)

    assert said(answer) == ["A test copy is on its way to ana@kiln.example."]
    assert [sent.to for sent in mail.outbox] == [["ana@kiln.example"]]
    assert LetterCopy.objects.count() == 0


def test_to_look_at_where_a_letter_is_sent_sends_nothing(shop, owner):
    make_subscriber(shop.creator)
    letter = make_letter(shop.creator)

    assert [owner.get(page(letter, name)).status_code for name in ("letter_send", "letter_test")] == [405, 405]

    letter.refresh_from_db()
    assert (letter.state, mail.outbox) == (LetterState.DRAFT, [])


@pytest.mark.parametrize("name", ["letter", "letter_mail", "letter_send", "letter_test"])
def test_a_strangers_letter_does_not_exist(name, shop, strangers, owner):
    make_subscriber(strangers.creator)
    letter = make_letter(strangers.creator)

    answer = owner.post(page(letter, name)) if name in ("letter_send", "letter_test") else owner.get(page(letter, name))

    letter.refresh_from_db()
    assert (answer.status_code, letter.state) == (404, LetterState.DRAFT)


def test_a_packer_neither_reads_letters_nor_sees_subscribers(shop, packer):
    letter = make_letter(shop.creator)

    assert packer.get(page(letter)).status_code == 404
    assert packer.get(reverse("admin:drops_letter_changelist")).status_code == 403
    assert packer.get(reverse("admin:drops_subscriber_changelist")).status_code == 403


def test_subscribers_are_counted_and_no_address_is_shown(shop, strangers, owner):
    subscriber = make_subscriber(shop.creator)
    ask(shop.creator, "tom@example.org")
    make_subscriber(strangers.creator, "other@example.org")

    answer = owner.get(reverse("admin:drops_subscriber_changelist"))
    listed = answer.content.decode()
    shown = owner.get(reverse("admin:drops_subscriber_change", args=[subscriber.pk])).content.decode()

    assert answer.context["count"] == SubscriberCount(live=1, unanswered=1, stopped=0)
    assert "Asked, no answer yet" in listed
    assert "At most four in 30 days" in strip_tags(shown)
    for words in (listed, shown):
        assert not any(secret in words for secret in ("lena@", "tom@", "other@", subscriber.contact_hash))


def test_who_asks_by_hand_is_found_by_their_whole_address_and_stopped(shop, strangers, owner):
    subscriber = make_subscriber(shop.creator)
    make_subscriber(shop.creator, "tom@example.org")
    make_subscriber(strangers.creator)
    address = reverse("admin:drops_subscriber_changelist")

    found = owner.get(address, {"q": "Lena+x@example.org"}).context["cl"].queryset
    partly = owner.get(address, {"q": "lena@example"}).context["cl"].queryset
    answer = owner.post(address, {"action": "stop", "_selected_action": [subscriber.pk]}, follow=True)

    assert (list(found), list(partly)) == ([subscriber], [])
    assert said(answer) == [f"{subscriber}: gets no letter any more; the address is deleted."]
    subscriber.refresh_from_db()
    assert (subscriber.address, Subscriber.objects.live().count()) == ("", 2)
