import io
import re
from datetime import timedelta

import pytest
import segno
from django.test import Client
from django.urls import reverse
from PIL import Image

from pickups.codes import qr_payload
from pickups.models import PickupEvent, PickupUnit, RosterAct, RosterActKind, RosterDevice, RosterRole, UnitState
from pickups.passes import code_of
from pickups.roster import new_link, revoke_link
from tests.clock import set_clock, stopped_clock
from tests.factories import NOON
from tests.pickups.factories import first_slot, make_cafe, make_mugs, make_pickup, token_of

pytestmark = pytest.mark.django_db

FOUR = NOON + timedelta(hours=4)
EVERY_POST = ["roster-hand-over", "roster-undo", "roster-photo", "roster-find", "roster-leave"]


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def cafe():
    return make_cafe()


@pytest.fixture
def cast(cafe):
    slot, mugs = first_slot(cafe), make_mugs(creator=cafe.creators.get())
    names = [("Lena Vogt", 1), ("Tomás Ruiz", 2), ("Aiko Sato", 1)]
    return [make_pickup(slot=slot, drop_sku=mugs, name=name, quantity=quantity) for name, quantity in names]


def link_for(cafe, role=RosterRole.SUPERVISOR):
    return new_link(location=cafe, role=role, expires_at=NOON + timedelta(days=1), now=NOON)


def let_in(cafe, role=RosterRole.SUPERVISOR) -> Client:
    phone = Client(enforce_csrf_checks=False)
    phone.post(reverse("roster-link", args=[token_of(link_for(cafe, role).url)]), {"name": "Mira"})
    return phone


@pytest.fixture
def phone(cafe, cast):
    phone = let_in(cafe)
    set_clock(FOUR + timedelta(minutes=12))
    return phone


def text_of(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).replace("&nbsp;", " ").split())


def states():
    return list(PickupUnit.objects.order_by("pk").values_list("state", flat=True))


def hand_over(phone, pickup, nonce="nonce-one", **more):
    return phone.post(reverse("roster-hand-over"), {"pickup": pickup.ref, "nonce": nonce, **more}, follow=True)


def test_a_link_shows_a_button_and_only_pressing_it_lets_in(cafe):
    address = reverse("roster-link", args=[token_of(link_for(cafe).url)])
    visitor = Client()

    looked = [visitor.get(address), visitor.head(address)]

    assert [answer.status_code for answer in looked] == [200, 200]
    assert "Hand over at Café Mira" in text_of(looked[0])
    assert "until Sat 28 Nov" in text_of(looked[0])
    assert (RosterDevice.objects.count(), dict(visitor.cookies.items()).get("roster_device")) == (0, None)

    pressed = visitor.post(address, {"name": "Mira"})

    assert (pressed.status_code, pressed["Location"]) == (302, "/roster/")
    assert visitor.get("/roster/").status_code == 200


def test_the_cookie_is_for_the_roster_alone_and_out_of_reach_of_scripts(cafe):
    answer = Client().post(reverse("roster-link", args=[token_of(link_for(cafe).url)]), {"name": ""})

    cookie = answer.cookies["roster_device"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (
        "/roster/",
        True,
        "Lax",
        86400,
    )


def test_a_form_of_another_site_lets_nobody_in(cafe):
    answer = Client(enforce_csrf_checks=True).post(reverse("roster-link", args=[token_of(link_for(cafe).url)]))

    assert (answer.status_code, RosterDevice.objects.count()) == (403, 0)


def test_an_ended_link_says_so(cafe):
    link = link_for(cafe)
    revoke_link(link_id=link.link.pk, now=NOON)
    address = reverse("roster-link", args=[token_of(link.url)])

    for answer in (Client().get(address), Client().post(address), Client().get("/roster/l/never-was/")):
        assert answer.status_code == 404
        assert "This link has ended. Please ask the creator for a new one." in text_of(answer)
    assert RosterDevice.objects.count() == 0


def test_revoking_the_link_ends_the_telephone_at_its_next_step(phone, cast):
    revoke_link(link_id=RosterDevice.objects.get().link_id, now=FOUR)

    answers = [phone.get("/roster/"), hand_over(phone, cast[0])]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert "Please open the link again" in text_of(answers[0])
    assert states() == [UnitState.BOOKED] * 4


def test_a_stranger_sees_nothing(cast):
    stranger = Client()

    answers = [stranger.get("/roster/"), *[stranger.post(reverse(name)) for name in EVERY_POST]]

    assert [answer.status_code for answer in answers] == [403] * 6
    assert not any("Lena" in text_of(answer) for answer in answers)


def test_looking_hands_nothing_over(phone, cast):
    code = code_of(pickup=cast[0])

    statuses = [
        phone.get(reverse(name), {"pickup": cast[0].ref, "code": code, "nonce": "nonce-one"}).status_code
        for name in EVERY_POST
    ]
    phone.get("/roster/", {"pickup": cast[0].ref, "code": code, "nonce": "nonce-one"})

    assert statuses == [405] * 5
    assert states() == [UnitState.BOOKED] * 4


def test_the_page_shows_the_slot_its_progress_and_little_of_each_person(phone, cast):
    answer = phone.get("/roster/")

    page = text_of(answer)
    assert "Fri 27 Nov, 16–18h" in page
    assert "Café Mira · 0 of 3 handed over" in page
    assert "Tomás R." in page
    assert all(word not in answer.content.decode() for word in ("Ruiz", "lena@example.org", "39.", "€"))
    assert "no-store" in answer["Cache-Control"]


def test_a_tap_hands_over_and_says_so(phone, cast):
    page = text_of(hand_over(phone, cast[1]))

    assert "Handed over: Tomás R. · " in page
    assert "1 of 3 handed over" in page
    assert "Handed over 16:12 by Mira" in page
    assert sorted(states()) == ["booked", "booked", "handed_over", "handed_over"]


def test_the_same_tap_twice_hands_over_once(phone, cast):
    hand_over(phone, cast[0])

    page = text_of(hand_over(phone, cast[0]))

    assert "(noted before)" in page
    assert PickupEvent.objects.filter(to_state="handed_over").count() == 1


def test_undo_takes_it_back(phone, cast):
    hand_over(phone, cast[0])

    answer = phone.post(reverse("roster-undo"), {"pickup": cast[0].ref, "nonce": "nonce-two"}, follow=True)

    assert "Taken back: Lena V." in text_of(answer)
    assert "0 of 3 handed over" in text_of(answer)
    assert states() == [UnitState.BOOKED] * 4


@pytest.mark.parametrize("written", ["{code}", "{short}", "PK1.{code}", " {short} "])
def test_a_code_hands_over_however_it_comes(phone, cast, written):
    code = code_of(pickup=cast[0])

    answer = phone.post(
        reverse("roster-hand-over"),
        {"code": written.format(code=code.lower(), short=code[:4]), "nonce": "nonce-one"},
        follow=True,
    )

    assert "Handed over: Lena V." in text_of(answer)


def test_a_photograph_of_the_code_hands_over(phone, cast):
    picture = io.BytesIO()
    segno.make(qr_payload(code_of(pickup=cast[0])), micro=False).save(picture, kind="png", scale=8)
    picture.name = "pass.png"
    picture.seek(0)

    answer = phone.post(reverse("roster-photo"), {"photo": picture, "nonce": "nonce-one"}, follow=True)

    assert "Handed over: Lena V." in text_of(answer)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n broken"])
def test_a_file_that_is_no_picture_of_a_code_is_refused(phone, content):
    file = io.BytesIO(content)
    file.name = "pass.png"

    answer = phone.post(reverse("roster-photo"), {"photo": file, "nonce": "nonce-one"}, follow=True)

    assert answer.status_code == 200
    assert states() == [UnitState.BOOKED] * 4


def test_a_picture_without_a_code_says_what_to_do(phone):
    picture = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(picture, "JPEG")
    picture.name = "pass.jpg"
    picture.seek(0)

    answer = phone.post(reverse("roster-photo"), {"photo": picture, "nonce": "nonce-one"}, follow=True)

    assert "No code was found in the picture. Please go nearer, or type it." in text_of(answer)
    assert states() == [UnitState.BOOKED] * 4


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("ZZZZ", "No pickup here has this code."),
        ("7F3K-9Q2A", "A whole code has nine letters and digits, like 7F3K-9Q2A-C."),
        ("", "A whole code has nine letters and digits, like 7F3K-9Q2A-C."),
    ],
)
def test_a_wrong_code_says_what_is_wrong(phone, code, sentence):
    answer = phone.post(reverse("roster-hand-over"), {"code": code, "nonce": "nonce-one"}, follow=True)

    assert sentence in text_of(answer)
    assert states() == [UnitState.BOOKED] * 4


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"pickup": "x", "nonce": "nonce-one"},
        {"pickup": "0" * 32},
        {"code": "A" * 9999, "nonce": "nonce-one"},
        {"pickup": "\x00", "nonce": "\x00"},
    ],
)
def test_nonsense_is_refused_in_words(phone, fields):
    for name in ("roster-hand-over", "roster-undo", "roster-photo"):
        answer = phone.post(reverse(name), fields, follow=True)

        assert answer.status_code == 200
        assert "That could not be understood. Please try again." in text_of(answer)
    assert states() == [UnitState.BOOKED] * 4


@pytest.mark.parametrize("happened_at", ["yesterday", str(10**30), "-1"])
def test_a_time_that_never_was_is_refused(phone, cast, happened_at):
    page = text_of(hand_over(phone, cast[0], happened_at=happened_at))

    assert "That could not be understood. Please try again." in page
    assert states() == [UnitState.BOOKED] * 4


@pytest.mark.parametrize("query", ["day=never", "day=0001-01-01", "day=9999-12-31", "slot=%00", "slot=" + "x" * 3000])
def test_an_address_that_asks_for_nonsense_still_shows_a_page(phone, query):
    assert phone.get(f"/roster/?{query}").status_code == 200


def test_a_second_phone_is_told_when_and_by_whom(phone, cafe, cast):
    hand_over(phone, cast[0])
    other = let_in(cafe)

    page = text_of(hand_over(other, cast[0], nonce="nonce-two"))

    assert "Already handed over 27 Nov at 16:12 by Mira." in page


def test_what_waited_for_the_network_counts_from_when_it_happened(phone, cast):
    happened = FOUR + timedelta(minutes=2)

    hand_over(phone, cast[0], happened_at=str(int(happened.timestamp() * 1000)))

    assert PickupEvent.objects.get(to_state="handed_over").at == happened


def test_a_name_is_searched_by_post_and_written_down(phone, cast):
    answer = phone.post(reverse("roster-find"), {"name": "tomas"})

    page = text_of(answer)
    assert "1 with that name" in page
    assert ("Tomás R." in page, "Lena V." in page) == (True, False)
    assert RosterAct.objects.filter(kind=RosterActKind.SEARCHED).count() == 1


def test_two_letters_find_nobody(phone, cast):
    answer = phone.post(reverse("roster-find"), {"name": "to"}, follow=True)

    assert "Type at least three letters of the name." in text_of(answer)


def test_one_who_only_scans_sees_counts_until_a_scan(cafe, cast):
    helper = let_in(cafe, RosterRole.SCAN)
    set_clock(FOUR)

    before = text_of(helper.get("/roster/"))
    after = text_of(
        helper.post(reverse("roster-hand-over"), {"code": code_of(pickup=cast[0]), "nonce": "nonce-one"}, follow=True)
    )
    searched = text_of(helper.post(reverse("roster-find"), {"name": "Tomás"}, follow=True))

    assert "3 expected. This phone scans codes; names show only after a scan." in before
    assert ("Lena V." in before, "Search a name" in before) == (False, False)
    assert ("Lena V." in after, "Tomás R." in after) == (True, False)
    assert "This phone may only scan codes." in searched


def test_signing_out_ends_the_session(phone):
    answer = phone.post(reverse("roster-leave"))

    assert "This phone is signed out." in text_of(answer)
    assert phone.get("/roster/").status_code == 403


def test_pages_carry_no_inline_script_or_style(phone):
    page = phone.get("/roster/").content.decode()

    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page)
