"""What people really type, and what is made of it."""

import csv
from datetime import date
from pathlib import Path

import pytest

from creatorshop.chat.freetext.entities import Entities, Piece, Vocabulary
from creatorshop.chat.freetext.languages import SPOKEN, own_name
from creatorshop.chat.freetext.normalising import normalise, normalise_arabic, normalise_french, normalise_german
from creatorshop.chat.freetext.reading import LEXICONS, read

TODAY = date(2026, 11, 27)  # a Friday
FLOOR = dict.fromkeys(("ar", "de", "en", "es", "fr"), 0.99)  # of the phrasings; may be raised, not lowered
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


def understand(text, language="en"):
    return read(text, language=language, vocabulary=VOCABULARY, today=TODAY)


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


def test_every_language_that_is_spoken_is_read_as_well():
    assert set(LEXICONS) == set(SPOKEN) == set(FLOOR)


@pytest.mark.parametrize("language", sorted(FLOOR))
def test_every_language_knows_the_same_questions(language):
    assert set(LEXICONS[language].intents) == set(LEXICONS["en"].intents)
    assert sorted(set(LEXICONS[language].weekdays.values())) == list(range(7))
    assert sorted(set(LEXICONS[language].months.values())) == list(range(1, 13))


@pytest.mark.parametrize(
    ("normalised", "one", "another"),
    [
        (normalise_german, "Größe für München", "groesse fuer muenchen"),
        (normalise_german, "Grüße", "gruesse"),
        (normalise_french, "L’épuisé, ça m'arrive", "EPUISE ca arrive"),
        (normalise_french, "Qu'est-ce qu'il reste", "est ce il reste"),
        (normalise, "¿Cuánto cuesta el envío?", "cuanto cuesta el envio"),
        (normalise, "mañana", "manana"),
        (normalise_arabic, "السِّعْرُ", "سعر"),
        (normalise_arabic, "إلى ألمانيا، آخر", "الى المانيا اخر"),
        (normalise_arabic, "هديّة على", "هديه علي"),
        (normalise_arabic, "شكـــرًا", "شكرا"),
        (normalise_arabic, "والشحن بالبريد", "شحن بريد"),
        (normalise_arabic, "٢٣ ۴", "23 4"),
        (normalise, "３", "3"),
    ],
)
def test_spellings_of_one_word_are_one_word(normalised, one, another):
    assert normalised(one) == normalised(another)


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("de", "bis übermorgen", date(2026, 11, 29)),
        ("de", "bis zum 24. Dezember", date(2026, 12, 24)),
        ("de", "am 3.12.2026", date(2026, 12, 3)),
        ("de", "am 31.2.", None),
        ("fr", "avant le 1er janvier", date(2027, 1, 1)),
        ("fr", "après-demain", date(2026, 11, 29)),
        ("es", "el 6 de enero", date(2027, 1, 6)),
        ("es", "pasado mañana", date(2026, 11, 29)),
        ("ar", "قبل ٢٤ ديسمبر", date(2026, 12, 24)),
        ("ar", "يوم الأحد", date(2026, 11, 29)),
        ("ar", "بعد غد", date(2026, 11, 29)),
        ("en", "it costs 3.12", None),
    ],
)
def test_a_day_is_understood_in_each_language(language, text, day):
    assert understand(text, language).entities.by_date == day
    assert understand(text, language).entities.quantity is None


@pytest.mark.parametrize(
    ("language", "text", "quantity"),
    [
        ("de", "ein paar Sage", 2),
        ("de", "ein paar Minuten", None),
        ("de", "die Sage bis 4. Dezember", None),
        ("fr", "deux sage pour le 4 décembre", 2),
        ("es", "2 sage para el 4 de diciembre", 2),
        ("ar", "قطعتين Sage", 2),
        ("ar", "٣ Sage", 3),
    ],
)
def test_only_a_number_of_things_is_a_quantity_in_each_language(language, text, quantity):
    assert understand(text, language).entities.quantity == quantity


@pytest.mark.parametrize(
    ("language", "text", "named"),
    [
        ("en", "Deutsch", "de"),
        ("en", "in German please", "de"),
        ("en", "français", "fr"),
        ("en", "العربية", "ar"),
        ("de", "auf Englisch bitte", "en"),
        ("de", "sprichst du Arabisch?", "ar"),
        ("fr", "en espagnol s'il vous plaît", "es"),
        ("es", "¿hablas alemán?", "de"),
        ("ar", "بالفرنسية", "fr"),
        ("ar", "عربي", "ar"),
        ("en", "português", "pt"),
        ("en", "the french mug", ""),
    ],
)
def test_a_language_is_asked_for_by_its_name(language, text, named):
    assert understand(text, language).entities.language == named
    assert (understand(text, language).intents == ("language",)) == bool(named)


def test_a_glaze_that_is_called_like_a_language_is_a_glaze():
    vocabulary = Vocabulary(pieces=(Piece("P", "pot", ("English",)),), titles=(("pot", "Pot"),))

    reading = read("English", language="de", vocabulary=vocabulary, today=TODAY)

    assert (reading.intents, reading.entities.skus) == (("buy",), ("P",))


def test_a_language_calls_itself_by_its_own_name():
    assert [own_name(language) for language in SPOKEN] == ["English", "Deutsch", "Français", "Español", "العربية"]


def test_plain_english_is_understood_in_a_shop_of_any_language():
    assert understand("how much is the sage mug", "ar").intents[0] == "price"
    assert understand("wie viel kostet das", "en").intents == ()


def test_a_year_before_a_small_word_is_no_postcode():
    assert understand("2026 en París", "es").entities.country == "FR"
    assert understand("1012 JS", "es").entities.country == "NL"


@pytest.mark.parametrize(
    ("language", "text", "beside"),
    [
        ("en", "add gift wrap", "add"),
        ("en", "Gift wrap", "add"),
        ("en", "no gift wrap", "remove"),
        ("en", "do you have gift wrap?", ""),
        ("de", "mit Gift wrap", "add"),
        ("de", "ohne Gift wrap bitte", "remove"),
        ("fr", "avec gift wrap", "add"),
        ("fr", "sans gift wrap", "remove"),
        ("es", "con gift wrap", "add"),
        ("es", "sin gift wrap", "remove"),
        ("ar", "أضف Gift wrap", "add"),
        ("ar", "بدون Gift wrap", "remove"),
    ],
)
def test_what_is_offered_beside_the_goods_is_taken_or_left_by_its_name(language, text, beside):
    offered = Vocabulary(extras=(("wrap", "Gift wrap"), ("note", "2 × Note")))

    found = read(text, language=language, vocabulary=offered, today=TODAY).entities

    assert (found.extras, found.beside) == (("wrap",), beside)


def test_half_a_title_names_no_offer():
    offered = Vocabulary(extras=(("wrap", "Gift wrap"),))

    assert read("is it a gift?", language="en", vocabulary=offered, today=TODAY).entities.extras == ()
