import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from creatorshop.insights.models import ProofAlert
from creatorshop.insights.tasks import prove_stock
from drops.catalog.models import MemberRole
from tests.clock import stopped_clock
from tests.factories import NOON, make_capsule, make_drop, make_drop_sku
from tests.insights.makers import make_mugs_everywhere
from tests.insights.test_alerts import lose_a_parcel
from tests.office.people import client_of, make_person

pytestmark = pytest.mark.django_db

PROOF = "admin:office_proof"


@pytest.fixture
def mugs(settings):
    settings.PAYMENT_PROVIDERS = ["tests.doubles.InMemoryProvider"]
    with stopped_clock(NOON):
        yield make_mugs_everywhere()


@pytest.fixture
def potter(mugs):
    return client_of(make_person("potter", creator=mugs.drop.creator))


@pytest.fixture
def stranger(db):
    theirs = make_drop_sku(units=2, title="Theirs drop").drop
    return client_of(make_person("stranger", creator=theirs.creator))


def of_drop(drop):
    return reverse(f"{PROOF}_of_drop", args=[drop.pk])


def words(answer):
    return " ".join(answer.content.decode().split())


def test_a_drop_that_adds_up_shows_the_lines_that_the_command_prints(mugs, potter):
    answer = potter.get(of_drop(mugs.drop))

    [line] = answer.context["proofs"][0]["lines"]
    stock = line.stock
    assert [stock.tokens, stock.free, stock.held, stock.sold, stock.void, stock.ordered] == [4, 1, 1, 2, 0, 2]
    assert (line.in_parcels, line.in_pickups) == (1, 1)
    assert "Every line adds up" in words(answer)
    assert "office-wrong" not in words(answer)


def test_a_line_that_does_not_add_up_says_what_is_wrong_in_words(mugs, potter):
    lose_a_parcel()

    page = words(potter.get(of_drop(mugs.drop)))

    assert "1 of 1 SKUs does not add up" in page
    assert f"<li>{mugs.sku.code}: 2 units in orders, but 0 in parcels and 1 in pickups</li>" in page


def test_a_strangers_proof_does_not_exist_and_is_in_no_list(mugs, potter, stranger):
    assert stranger.get(of_drop(mugs.drop)).status_code == 404
    assert mugs.drop.title not in words(stranger.get(reverse(PROOF)))
    assert "Theirs drop" not in words(potter.get(reverse(PROOF)))


def test_a_packer_may_look_and_somebody_without_a_shop_sees_no_drop(mugs):
    packer = client_of(make_person("packer", creator=mugs.drop.creator, role=MemberRole.PACKER))
    assert packer.get(of_drop(mugs.drop)).status_code == 200

    nobody = client_of(make_person("nobody"))
    assert nobody.get(of_drop(mugs.drop)).status_code == 404
    assert nobody.get(reverse(PROOF)).context["proofs"] == []


def test_the_operator_sees_every_drop_and_the_ledger_a_creator_their_own(mugs, potter, stranger, superuser):
    everything, own = superuser.get(reverse(PROOF)), potter.get(reverse(PROOF))

    assert {proof["drop"].title for proof in everything.context["proofs"]} == {mugs.drop.title, "Theirs drop"}
    assert "Every transaction sums to zero" in words(everything)
    assert [proof["drop"] for proof in own.context["proofs"]] == [mugs.drop]
    assert "The ledger" not in words(own)


def test_the_proof_is_linked_from_the_board_and_the_sidebar(mugs, potter):
    page = words(potter.get(reverse("admin:office_board", args=[mugs.drop.pk])))

    assert f'href="{of_drop(mugs.drop)}"' in page
    assert f'href="{reverse(PROOF)}"' in page


def test_the_page_asks_as_often_for_many_drops_as_for_one(mugs, potter):
    with CaptureQueriesContext(connection) as few:
        potter.get(reverse(PROOF))
    for _ in range(5):
        make_drop_sku(drop=make_drop(capsule=make_capsule(creator=mugs.drop.creator)))
    with CaptureQueriesContext(connection) as many:
        answer = potter.get(reverse(PROOF))

    assert len(answer.context["proofs"]) == 6
    assert len(many) == len(few)
    assert len(few) <= 22


def test_an_alert_stands_on_every_page_for_those_who_see_the_drop(mugs, potter, stranger, superuser):
    pages = [
        reverse("admin:index"),
        reverse("admin:drops_order_changelist"),
        reverse("admin:drops_drop_change", args=[mugs.drop.pk]),
        reverse("admin:office_board", args=[mugs.drop.pk]),
        reverse(PROOF),
    ]
    put_back = lose_a_parcel()
    prove_stock()

    link = f'<a href="{of_drop(mugs.drop)}">{mugs.drop.title}</a>: 1 sum off'
    for page in pages:
        assert link in words(potter.get(page)), page
        assert link in words(superuser.get(page)), page
    for page in (reverse("admin:index"), reverse(PROOF)):
        assert "office-alarm" not in words(stranger.get(page))

    put_back()
    prove_stock()
    for page in pages:
        assert "office-alarm" not in words(potter.get(page)), page


def test_an_alert_of_the_ledger_is_the_operators(mugs, potter, superuser):
    alert = ProofAlert.objects.create(
        subject="sale:1", code="ledger", problem="off", first_seen_at=NOON, last_seen_at=NOON
    )
    row = reverse("admin:insights_proofalert_change", args=[alert.pk])

    assert f'<a href="{reverse(PROOF)}">The ledger</a>: 1 sum off' in words(superuser.get(reverse("admin:index")))
    assert superuser.get(row).status_code == 200
    assert "office-alarm" not in words(potter.get(reverse("admin:index")))
    assert potter.get(row).status_code == 302


def test_the_login_page_shows_no_alert(mugs, client):
    lose_a_parcel()
    prove_stock()

    assert "office-alarm" not in words(client.get(reverse("admin:login")))
