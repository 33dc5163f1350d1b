"""What people really type, and what is made of it."""

import csv
from datetime import date
from pathlib import Path

import pytest

from creatorshop.chat.freetext.entities import Entities, Piece, Vocabulary
from creatorshop.chat.freetext.normalising import normalise
from creatorshop.chat.freetext.reading import read

TODAY = date(2026, 11, 27)  # a Friday
FLOOR = {"en": 0.99}  # of the phrasings; may be raised, not lowered
VOCABULARY = Vocabulary(
    pieces=(
        Piece("RM-SAGE", "ring-mug", ("Sage",)),
        Piece("RM-TERRA", "ring-mug", ("Terracotta",)),
        Piece("RM-MIDNIGHT", "ring-mug", ("Midnight",)),
        Piece("BD", "dune-bowl", ()),
        Piece("TEE-M", "loop-tee", ("Rust", "M")),
        Piece("TEE-L", "loop-tee", ("Rust", "L")),
    ),
    titles=(("ring-mug", "Ring mug"), ("dune-bowl", "Dune bowl"), ("loop-tee", "Loop tee")),
    orders=("K7Q2F9A0B0",),
)


def understand(text):
    return read(text, language="en", vocabulary=VOCABULARY, today=TODAY)


def written(entities: Entities, wanted: dict[str, str]) -> dict[str, str]:
    """Return what was found, of what the phrasing asks about and of what must not be made up."""
    found = {
        "sku": entities.skus[0] if len(entities.skus) == 1 else "",
        "quantity": str(entities.quantity or ""),
        "country": entities.country,
        "postcode": entities.postcode,
        "by": str(entities.by_date or ""),
        "order": entities.order,
    }
    return {name: value for name, value in found.items() if value}


@pytest.mark.parametrize("language", sorted(FLOOR))
def test_phrasings_are_understood_as_well_as_ever(language, capsys):
    path = Path(__file__).parent / "phrasings" / f"{language}.csv"
    with path.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    missed = []
    for row in rows:
        reading = read(row["text"], language=language, vocabulary=VOCABULARY, today=TODAY)
        wanted = dict(part.split("=") for part in row["entities"].split(";") if part)
        got = reading.intents[0] if reading.intents else ""
        if got != row["intent"] or written(reading.entities, wanted) != wanted:
            missed.append(f"{row['text']!r}: {got or 'nothing'} {written(reading.entities, wanted)}, not {row}")
    accuracy = 1 - len(missed) / len(rows)
    with capsys.disabled():
        print(f"\n{language}: {accuracy:.1%} of {len(rows)} phrasings understood")
        print("\n".join(missed))

    assert len(rows) >= 80
    assert accuracy >= FLOOR[language]


def test_two_questions_in_one_line_are_both_heard():
    reading = understand("Do you still have the rust one in M and can it be in Berlin by Friday?")

    assert set(reading.intents[:2]) == {"stock", "delivery"}
    assert reading.entities == Entities(
        skus=("TEE-M",), is_named_by_option=True, country="DE", by_date=TODAY, quantity=None
    )


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  What's LEFT?! ", "whats left"),
        ("Café — Olé", "cafe ole"),
        ("1200-109, Lisboa", "1200-109 lisboa"),
        ("Kiln & Tide", "kiln and tide"),
        ("", ""),
        ("؟", ""),
    ],
)
def test_text_is_compared_without_case_accents_and_punctuation(text, plain):
    assert normalise(text) == plain


@pytest.mark.parametrize(
    ("text", "quantity"),
    [("2 sage", 2), ("two sage", 2), ("sage in 5 minutes", None), ("21 sage", None), ("the sage one", None)],
)
def test_only_a_number_of_things_is_a_quantity(text, quantity):
    assert understand(text).entities.quantity == quantity


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("by friday", TODAY),
        ("by monday", date(2026, 11, 30)),
        ("on 3 dec", date(2026, 12, 3)),
        ("december 3rd", date(2026, 12, 3)),
        ("by 2 january", date(2027, 1, 2)),
        ("by 31 february", None),
        ("may I ask", None),
    ],
)
def test_a_day_is_the_next_of_its_name(text, day):
    assert understand(text).entities.by_date == day


def test_a_short_word_has_to_be_right():
    assert understand("rusk please").entities.skus == ()
    assert understand("midnigth please").entities.skus == ("RM-MIDNIGHT",)
