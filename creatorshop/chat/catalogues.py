"""
Keeping the bot's translations in step with its sentences: `make catalogues`, or with a new language `… ARGS=pt`.

What is translated stays; what is new waits, untranslated, in the catalogue; what is gone goes. The compiled catalogues
are kept beside their sources: a machine that runs the shop needs no tool to read them.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from creatorshop.chat.engine.sentences import LOCALES, SENTENCES

_BEGUN = datetime(2026, 11, 27, tzinfo=UTC)  # one date for all: a clock's would change files that nobody touched
_HEADER = "# What the bot says. Each sentence's keys in creatorshop/chat/engine/sentences.py stand above it."


def refresh(*new_languages: str) -> None:
    """Bring every language's catalogue up to the sentences, begin those of new languages, and compile them all."""
    for language in [*languages(), *new_languages]:
        catalogue = refreshed(language)
        path_of(language).parent.mkdir(parents=True, exist_ok=True)
        path_of(language).write_bytes(written(catalogue))
        path_of(language).with_suffix(".mo").write_bytes(compiled(catalogue))


def languages() -> list[str]:
    """Return the languages that have a catalogue; English needs none."""
    return sorted(path.parts[-3] for path in LOCALES.glob("*/LC_MESSAGES/chat.po"))


def path_of(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / "chat.po"


def catalogue_of(language: str) -> Catalog:
    """Return a language's catalogue as it stands, an empty one if there is none."""
    path = path_of(language)
    if not path.exists():
        return _empty(language)
    with path.open("rb") as lines:
        return read_po(lines, locale=language, domain="chat")


def refreshed(language: str) -> Catalog:
    """Return a language's catalogue with exactly the sentences that the bot has."""
    catalogue = catalogue_of(language)
    catalogue.update(_template(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    catalogue.header_comment = _HEADER
    return catalogue


def written(catalogue: Catalog) -> bytes:
    lines = io.BytesIO()
    write_po(lines, catalogue, width=110)
    return lines.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    binary = io.BytesIO()
    write_mo(binary, catalogue)
    return binary.getvalue()


def _template() -> Catalog:
    template = _empty(None)
    for key, english in SENTENCES.items():
        # Two keys with one English sentence share one translation.
        template.add(english, auto_comments=[key])
    return template


def _empty(language: str | None) -> Catalog:
    return Catalog(
        locale=language,
        domain="chat",
        header_comment=_HEADER,
        project="Creatorshop",
        version="chat",
        msgid_bugs_address="Creatorshop",
        last_translator="Creatorshop",
        language_team="Creatorshop",
        charset="utf-8",
        creation_date=_BEGUN,
        revision_date=_BEGUN,
        fuzzy=False,
    )


if __name__ == "__main__":
    refresh(*sys.argv[1:])
