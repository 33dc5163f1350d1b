"""Where creators write their story."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image

from drops.catalog.models import Story
from tests.drops.catalog.pictures import left_red_right_blue
from tests.factories import make_creator

pytestmark = pytest.mark.django_db

ADD = "admin:drops_story_add"


def form(shop, **changed):
    return {"creator": shop.creator.pk, "title": "One kiln", "body_html": "First.\n\nSecond.", **changed}


def errors_of(answer):
    return dict(answer.context["adminform"].form.errors)


def test_plain_paragraphs_become_a_page(shop, owner, client):
    answer = owner.post(reverse(ADD), form(shop))

    assert answer.status_code == 302
    assert Story.objects.get().body_html == "<p>First.</p><p>Second.</p>"
    page = client.get(f"/{shop.creator.slug}/story/").content.decode()
    assert "<p>First.</p><p>Second.</p>" in page


def test_what_could_harm_readers_is_taken_out(shop, owner):
    owner.post(reverse(ADD), form(shop, body_html="<p onclick=x()>Clay</p><script>x()</script><img src=x>"))

    assert Story.objects.get().body_html == "<p>Clay</p>"


def test_a_story_of_which_nothing_may_be_shown_is_refused(shop, owner):
    answer = owner.post(reverse(ADD), form(shop, body_html="<script>x()</script>"))

    assert errors_of(answer)["body_html"] == ["Nothing of this may be shown. Write at least one sentence."]
    assert Story.objects.count() == 0


def test_a_portrait_stands_upright_forgets_where_it_was_taken_and_is_described(shop, owner):
    portrait = left_red_right_blue(turned=6, size=(1200, 800))
    upload = SimpleUploadedFile("me.jpeg", portrait, content_type="image/jpeg")

    owner.post(reverse(ADD), form(shop, portrait=upload, portrait_alt="Ines at the wheel."))

    with Story.objects.get().portrait.open() as stored:
        data = stored.read()
    assert Image.open(BytesIO(data)).size == (800, 1200)
    assert b"Rua do Sol" not in data


def test_a_portrait_without_words_is_refused(shop, owner):
    upload = SimpleUploadedFile("me.jpeg", left_red_right_blue(turned=6, size=(120, 80)), content_type="image/jpeg")

    answer = owner.post(reverse(ADD), form(shop, portrait=upload))

    assert "Say what the picture shows, for those who do not see it." in str(errors_of(answer))
    assert Story.objects.count() == 0


def test_what_is_no_photograph_is_refused_beside_the_field(shop, owner):
    upload = SimpleUploadedFile("me.jpg", b"GIF89a", content_type="image/jpeg")

    answer = owner.post(reverse(ADD), form(shop, portrait=upload, portrait_alt="Ines"))

    assert "portrait" in errors_of(answer)
    assert Story.objects.count() == 0


def test_each_creator_has_one_story(shop, owner):
    Story.objects.create(creator=shop.creator, title="One kiln", body_html="<p>First.</p>")

    answer = owner.post(reverse(ADD), form(shop, title="Another"))

    assert answer.status_code == 403
    assert Story.objects.get().title == "One kiln"


def test_nobody_writes_for_another_creator(shop, owner):
    other = make_creator(slug="other")

    answer = owner.post(reverse(ADD), form(shop, creator=other.pk))

    assert "creator" in errors_of(answer)
    assert Story.objects.count() == 0


def test_an_owner_changes_their_story_and_reads_no_others(shop, owner):
    mine = Story.objects.create(creator=shop.creator, title="One kiln", body_html="<p>First.</p>")
    theirs = Story.objects.create(creator=make_creator(slug="other"), title="Theirs", body_html="<p>No.</p>")
    change = "admin:drops_story_change"

    owner.post(reverse(change, args=[mine.pk]), form(shop, title="Two kilns", body_html="<p>Second.</p>"))
    answer = owner.get(reverse(change, args=[theirs.pk]))

    mine.refresh_from_db()
    assert (mine.title, mine.body_html) == ("Two kilns", "<p>Second.</p>")
    assert answer.status_code == 302
    assert b"Theirs" not in owner.get(reverse("admin:drops_story_changelist")).content


def test_the_database_takes_no_empty_story_and_no_portrait_without_words(shop):
    for wrong in ({"title": ""}, {"body_html": ""}, {"portrait": "creators/x.jpg"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Story.objects.create(**{"creator": shop.creator, "title": "One", "body_html": "<p>1</p>"} | wrong)
    assert Story.objects.count() == 0
