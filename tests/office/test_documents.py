"""The office's side: who sells, what was issued, and what the bookkeeper gets."""

import csv
import io
import zipfile

import pytest
from django.urls import reverse

from creatorshop.documents.bundles import COLUMNS
from drops.documents.issuing import issue_for_order
from drops.documents.models import Document, Seller
from drops.sales.models import Order
from tests.drops.documents.makers import make_seller

pytestmark = pytest.mark.django_db

ADD = "admin:drops_seller_add"
LIST = "admin:drops_document_changelist"
TERMS = {
    "lines": [
        {"kind": "goods", "label": "Ring mug", "amount_minor": 3800},
        {"kind": "delivery", "label": "Post", "amount_minor": 450},
    ],
    "of_which": [{"kind": "tax", "label": "VAT", "amount_minor": 795, "name": "vat", "rate_bp": 2300}],
    "title": "Ring mug",
    "quantity": 1,
    "unit_price_minor": 3800,
}


def form(shop, **changed):
    return {
        "creator": shop.creator.pk,
        "legal_name": "Ines Duarte, Lda.",
        "street": "Rua da Rosa 14",
        "postcode": "1200-387",
        "city": "Lisboa",
        "country": "pt",
        "email": "contas@example.org",
        "vat_id": "pt 501 442 600",
        "prefix": "KT",
        "language": "en",
        **changed,
    }


def errors_of(answer):
    return dict(answer.context["adminform"].form.errors)


def issued(shop, **given):
    Order.objects.filter(pk=shop.order.pk).update(terms=shop.order.terms | TERMS, total_minor=4250, **given)
    return issue_for_order(order_id=shop.order.pk)


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_an_owner_says_who_sells(shop, owner):
    answer = owner.post(reverse(ADD), form(shop))

    assert answer.status_code == 302
    seller = Seller.objects.get()
    assert (seller.country, seller.vat_id, seller.prefix) == ("PT", "PT501442600", "KT")
    assert "Shoppers get invoices." in owner.get(reverse("admin:drops_seller_changelist")).content.decode()

    again = owner.post(reverse(ADD), form(shop))

    assert errors_of(again) == {"creator": ["Seller with this Creator already exists."]}
    assert Seller.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"vat_id": "PT12"}, {"vat_id": ["“PT12” is not a VAT number of that country."]}),
        ({"vat_id": "DE123456789"}, {"vat_id": ["A VAT number of that country begins with PT."]}),
        ({"country": ""}, {"vat_id": ["Say the country first; it decides what the number looks like."]}),
        ({"prefix": "K-T"}, {"prefix": ["Capitals and digits only."]}),
        ({"is_exempt": "on"}, {"__all__": ["Write the sentence that says why there is no VAT."]}),
    ],
)
def test_what_cannot_be_is_refused(shop, owner, changed, errors):
    answer = owner.post(reverse(ADD), form(shop, **changed))

    assert errors_of(answer) == errors
    assert Seller.objects.count() == 0


def test_the_form_says_what_invoices_still_need(shop, owner):
    seller = make_seller(shop.creator, email="")

    page = owner.get(reverse("admin:drops_seller_change", args=[seller.pk])).content.decode()

    assert "Shoppers get receipts, not invoices yet: an e-mail address is missing." in page


def test_only_owners_see_who_sells(shop, strangers, owner, helper, packer):
    ours, theirs = make_seller(shop.creator), make_seller(strangers.creator)
    page = "admin:drops_seller_change"

    assert [client.get(reverse(page, args=[ours.pk])).status_code for client in (owner, helper, packer)] == [
        200,
        403,
        403,
    ]
    assert owner.get(reverse(page, args=[theirs.pk])).status_code == 302
    owner.post(reverse(page, args=[theirs.pk]), form(strangers, legal_name="Stolen"))
    theirs.refresh_from_db()
    assert theirs.legal_name == "Ines Duarte, Lda."
    answer = owner.post(reverse(ADD), form(strangers))
    assert (list(errors_of(answer)), Seller.objects.count()) == (["creator"], 2)


def test_the_order_page_lists_its_documents_and_says_what_is_missing(shop, owner):
    receipt = issued(shop)

    page = owner.get(reverse("admin:drops_order_change", args=[shop.order.pk])).content.decode()

    assert f"Receipt {receipt.reference} (PDF)" in page
    assert "Shoppers get receipts, not invoices yet" in page
    assert "Issue the invoice now" not in page


def test_an_owner_issues_the_invoice_that_became_possible(shop, owner, helper):
    issued(shop)
    make_seller(shop.creator)
    page = owner.get(reverse("admin:drops_order_change", args=[shop.order.pk])).content.decode()
    deed = reverse("admin:office_document_of_order", args=[shop.order.pk])
    assert f'formaction="{deed}"' in page

    helper.post(deed)
    owner.get(deed)
    assert Document.objects.count() == 1

    owner.post(deed, {"kind": "invoice"})

    assert list(Document.objects.order_by("pk").values_list("kind", flat=True)) == ["receipt", "invoice"]


def test_an_invoice_that_lacks_something_is_refused_with_the_reason(shop, owner):
    answer = owner.post(reverse("admin:office_document_of_order", args=[shop.order.pk]), follow=True)

    assert "Shoppers get receipts, not invoices yet: the legal name" in answer.content.decode()
    assert Document.objects.count() == 0


def test_a_strangers_documents_do_not_exist(shop, strangers, owner):
    theirs = issued(strangers)

    assert owner.get(reverse("admin:office_document", args=[theirs.pk])).status_code == 404
    assert owner.post(reverse("admin:office_document_of_order", args=[strangers.order.pk])).status_code == 404
    assert rows_of(owner.get(reverse("admin:office_documents_of_year", args=[theirs.year]))) == []
    assert theirs.reference not in owner.get(reverse(LIST)).content.decode()


def test_a_helper_prints_one_and_does_not_keep_the_books(shop, owner, helper, packer):
    document = issued(shop)
    pdf = reverse("admin:office_document", args=[document.pk])
    table = reverse("admin:office_documents_of_year", args=[document.year])

    assert helper.get(pdf).content.startswith(b"%PDF-")
    assert packer.get(pdf).status_code in (403, 404)
    assert (len(rows_of(owner.get(table))), len(rows_of(helper.get(table)))) == (1, 0)


def test_documents_are_found_by_number_order_and_buyer(shop, strangers, owner):
    document = issued(shop)

    for wanted in (document.reference, shop.order.ref, "Ours buyer"):
        assert document.reference in owner.get(reverse(LIST), {"q": wanted}).content.decode()
    assert f"/{document.pk}/change/" not in owner.get(reverse(LIST), {"q": "nobody"}).content.decode()
    assert f"/{document.pk}/change/" not in owner.get(reverse(LIST), {"kind__exact": "credit_note"}).content.decode()


def test_a_year_is_a_table_that_runs_no_formula(shop, owner):
    make_seller(shop.creator)
    document = issued(shop, name='=HYPERLINK("http://evil.example")')

    answer = owner.get(reverse("admin:office_documents_of_year", args=[document.year]))

    assert answer["Content-Disposition"] == f'attachment; filename="documents-{document.year}.csv"'
    [row] = rows_of(answer)
    assert list(row) == COLUMNS
    assert row["buyer"] == '\'=HYPERLINK("http://evil.example")'
    assert {name: row[name] for name in ("number", "kind", "net", "tax", "untaxed", "total", "tax_rate_percent")} == {
        "number": f"KT-{document.year}-0001",
        "kind": "invoice",
        "net": "34.55",
        "tax": "7.95",
        "untaxed": "0.00",
        "total": "42.50",
        "tax_rate_percent": "23",
    }


def test_chosen_documents_come_as_one_file(shop, strangers, owner, helper):
    ours, theirs = issued(shop), issued(strangers)
    wish = {"action": "zip_of_chosen", "_selected_action": [ours.pk, theirs.pk]}

    answer = owner.post(reverse(LIST), wish)

    with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
        assert bundle.namelist() == [f"{shop.creator.slug}/receipt-{ours.reference}.pdf"]
        assert bundle.read(bundle.namelist()[0]).startswith(b"%PDF-")
    assert helper.post(reverse(LIST), wish)["Content-Type"] != "application/zip"
