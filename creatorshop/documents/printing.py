"""
A document as PDF: set when it is first asked for, off the way on which money comes in, and kept as it was set.
"""

from __future__ import annotations

import hashlib

from creatorshop.documents.layout import page_of
from creatorshop.documents.typesetting import typeset
from drops.clock import database_now
from drops.documents.models import Document, DocumentPrint


def pdf_of(document: Document) -> DocumentPrint:
    """Return a document's PDF; whoever asks first has it set, and everybody else gets the same bytes for good."""
    kept = DocumentPrint.objects.filter(document=document).first()
    if kept is not None:
        return kept
    content = typeset(template="document.typ", data=page_of(document.data), at=document.issued_at)
    made, _ = DocumentPrint.objects.get_or_create(
        document=document,
        defaults={
            "content": content,
            "content_hash": hashlib.sha256(content).hexdigest(),
            "made_at": database_now(),
        },
    )
    return made


def file_name_of(document: Document) -> str:
    """Return what a document's file is called: its kind and number, which are letters, digits and dashes alone."""
    return f"{document.kind.replace('_', '-')}-{document.reference}.pdf"
