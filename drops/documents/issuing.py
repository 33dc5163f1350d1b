"""
Giving receipts, invoices and credit notes their numbers: one after the other, without a gap (ADR 41).

Never in the transaction in which an order is paid: a drop's buyers would stand in line for one counter. A document is
issued when somebody first asks for it, or by the sweep a few seconds later.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Concat

from drops.clock import database_now
from drops.documents.contents import document_data, kind_of, local_day
from drops.documents.credits import credit_note_data
from drops.documents.models import Document, DocumentCounter, DocumentKind, DocumentSeries, Seller
from drops.documents.sellers import missing_sentence, seller_of
from drops.errors import NotFound, Refused, ShopError
from drops.ledger.models import LedgerTransaction
from drops.sales.models import Order, Refund

logger = logging.getLogger(__name__)

AT_ONCE = 500
# The sweep looks back this far. What is older is issued when somebody asks for it.
LOOKS_BACK = timedelta(days=30)


class DocumentNotFound(NotFound):
    code = "document_not_found"


class InvoiceNotPossible(Refused):
    """Something that the law asks of an invoice is missing; a receipt there is."""

    code = "invoice_not_possible"


class NothingToCredit(Refused):
    """The money that goes back never belonged to an order, so no document has to be corrected."""

    code = "nothing_to_credit"


def issue_for_order(*, order_id: int) -> Document:
    """Return the invoice of an order, or its receipt; issued now if there is neither yet."""
    issued = sale_document_of(order_id=order_id)
    if issued is not None:
        return issued
    with transaction.atomic():
        order = _locked(order_id)
        # A rival may have been first while we waited for the order.
        issued = sale_document_of(order_id=order_id)
        if issued is not None:
            return issued
        data = document_data(order=order)
        return _issue(order=order, kind=kind_of(data=data, seller=seller_of(creator=order.creator)), data=data)


def issue_invoice(*, order_id: int) -> Document:
    """
    Return the invoice of an order; one that only has a receipt so far gets an invoice now, which names the receipt.

    :raises InvoiceNotPossible: if something is missing for it; nothing is issued then.
    """
    with transaction.atomic():
        order = _locked(order_id)
        before = sale_document_of(order_id=order_id)
        if before is not None and before.kind == DocumentKind.INVOICE:
            return before
        data, seller = document_data(order=order), seller_of(creator=order.creator)
        if kind_of(data=data, seller=seller) != DocumentKind.INVOICE:
            raise InvoiceNotPossible(
                missing_sentence(seller=seller) or "An invoice over €400 needs the buyer's postal address.",
                order=order.ref,
            )
        if before is not None:
            data["replaces"] = {part: before.data[part] for part in ("kind", "reference", "issued_date")}
        return _issue(order=order, kind=DocumentKind.INVOICE, data=data)


def issue_credit_note(*, refund_id: int) -> Document:
    """
    Return the credit note of a refund; issued now if there is none yet, after the document that it corrects.

    :raises NothingToCredit: if the money never belonged to an order.
    :raises CreditUnclear: if only a part went back and nothing says which.
    """
    issued = Document.objects.filter(refund=refund_id).first()
    if issued is not None:
        return issued
    refund = Refund.objects.select_related("payment__hold").get(pk=refund_id)
    order_id = Order.objects.filter(hold=refund.payment.hold_id).values_list("pk", flat=True).first()
    if order_id is None or not creditable().filter(pk=refund_id).exists():
        raise NothingToCredit("This money belonged to no order.", refund=refund.key)
    original = issue_for_order(order_id=order_id)
    with transaction.atomic():
        order = _locked(order_id)
        issued = Document.objects.filter(refund=refund_id).first()
        if issued is not None:
            return issued
        data = credit_note_data(refund=refund, original=original)
        return _issue(order=order, kind=DocumentKind.CREDIT_NOTE, data=data, refund=refund)


def sale_document_of(*, order_id: int) -> Document | None:
    """Return the invoice of an order, else its receipt, else nothing."""
    issued = {document.kind: document for document in Document.objects.filter(order=order_id, refund=None)}
    return issued.get(DocumentKind.INVOICE) or issued.get(DocumentKind.RECEIPT)


def documents_of_order(*, order_id: int) -> list[Document]:
    """Return everything that was issued of an order, oldest first."""
    return list(Document.objects.filter(order=order_id).order_by("pk"))


def document_of_order(*, order_id: int, reference: str) -> Document:
    """
    Return one of an order's documents by its number.

    :raises DocumentNotFound: if the order has none of that number.
    """
    found = Document.objects.filter(order=order_id, reference=reference).first()
    if found is None:
        raise DocumentNotFound("There is no such document.")
    return found


def creditable() -> QuerySet[Refund]:
    """Return the refunds of orders. Money that came too late for its hold goes back as well, and was never a sale."""
    cause = Concat(Value("unowned:"), OuterRef("payment__ref"))
    unowned = LedgerTransaction.objects.filter(cause=cause)
    sold = Order.objects.filter(hold=OuterRef("payment__hold"))
    return Refund.objects.filter(Exists(sold), ~Exists(unowned))


def issue_left_behind(*, now: datetime) -> int:
    """Issue what nobody has asked for yet, oldest first; return how many documents that were."""
    since = now - LOOKS_BACK
    unissued = Order.objects.filter(~Exists(Document.objects.filter(order=OuterRef("pk"), refund=None)))
    orders = unissued.filter(paid_at__gte=since).order_by("paid_at", "pk").values_list("pk", flat=True)
    uncredited = creditable().filter(~Exists(Document.objects.filter(refund=OuterRef("pk"))))
    refunds = uncredited.filter(created_at__gte=since).order_by("created_at", "pk").values_list("pk", flat=True)
    done = sum(_tried(issue_for_order, order_id=order_id) for order_id in list(orders[:AT_ONCE]))
    return done + sum(_tried(issue_credit_note, refund_id=refund_id) for refund_id in list(refunds[:AT_ONCE]))


def hash_of(data: dict[str, Any]) -> str:
    """Return the SHA-256 of a document's data, by its one canonical spelling."""
    written = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()


def _locked(order_id: int) -> Order:
    """Lock an order and return it: two who want its document stand in line here, before either touches a counter."""
    Order.objects.select_for_update(no_key=True).get(pk=order_id)
    return Order.objects.select_related("creator", "shopper").get(pk=order_id)


def _issue(*, order: Order, kind: DocumentKind, data: dict[str, Any], refund: Refund | None = None) -> Document:
    creator = order.creator
    series = DocumentSeries.CREDIT_NOTES if kind == DocumentKind.CREDIT_NOTE else DocumentSeries.SALES
    year, number, at = _next_number(order, series)
    prefix = Seller.objects.filter(creator=creator).values_list("prefix", flat=True).first() or ""
    reference = _reference(prefix=prefix, series=series, year=year, number=number)
    issued_date = local_day(at, creator.time_zone).isoformat()
    data = data | {"kind": str(kind), "reference": reference, "issued_date": issued_date}
    return Document.objects.create(
        creator=creator,
        series=series,
        year=year,
        number=number,
        reference=reference,
        kind=kind,
        order=order,
        refund=refund,
        data=data,
        hash=hash_of(data),
        issued_at=at,
    )


def _next_number(order: Order, series: DocumentSeries) -> tuple[int, int, datetime]:
    """
    Return year, number and instant of the next document, with the counter's row locked until the transaction ends.

    Not a sequence: `nextval` is never taken back, so each rolled-back issue would leave a hole for an auditor to ask about.
    """
    at = database_now()
    year = local_day(at, order.creator.time_zone).year
    place = {"creator": order.creator, "series": series, "year": year}
    DocumentCounter.objects.bulk_create([DocumentCounter(**place)], ignore_conflicts=True)
    counter = DocumentCounter.objects.select_for_update(no_key=True).get(**place)
    # Somebody may have been let in after us and yet come first.
    at = max(at, counter.last_at or at)
    counter.last, counter.last_at = counter.last + 1, at
    counter.save(update_fields=["last", "last_at"])
    return year, counter.last, at


def _reference(*, prefix: str, series: DocumentSeries, year: int, number: int) -> str:
    """Return a number as it is printed. A prefix has no dash, so that no two series can ever write the same."""
    mark = "CN-" if series == DocumentSeries.CREDIT_NOTES else ""
    return f"{prefix}{'-' if prefix else ''}{year}-{mark}{number:04d}"


def _tried(issue: Callable[..., Document], **which: int) -> bool:
    try:
        issue(**which)
    except ShopError as refusal:
        logger.warning("Unable to issue the document of %s: %s", which, refusal.code)
        return False
    return True
