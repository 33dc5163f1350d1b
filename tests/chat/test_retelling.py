"""What the services say in English is said again in the shopper's language."""

import pytest

from creatorshop.chat.bodies import QuoteBody
from creatorshop.chat.engine import events
from creatorshop.chat.engine.retelling import import_note, line_label, reason, reasons, way_label
from creatorshop.chat.engine.voice import Voice
from tests.chat.world import LISBON, START, World


def voice(locale):
    return Voice(locale=locale, zone=LISBON, now=START)


@pytest.mark.parametrize(
    ("facts", "german"),
    [
        (
            {"why": "weight", "country": "NO", "weight_g": 2500, "max_weight_g": 2000},
            "2,5 kg sind zu schwer für unsere Pakete dorthin, sie fassen bis zu 2,0 kg.",
        ),
        (
            {"why": "postcode_form", "country": "PT", "postcode": "12", "example": "1200-109"},
            "„12“ ist dort keine Postleitzahl (Portugal), eine sieht so aus: 1200-109.",
        ),
        (
            {"why": "postcode_missing", "country": "DE", "postcode": ""},
            "Für den Versand brauchen wir noch deine Postleitzahl (Deutschland).",
        ),
        (
            {"why": "postcode", "country": "PT", "postcode": "4000-001"},
            "Nach 4000-001 (Portugal) können wir keine Pakete schicken.",
        ),
        ({"why": "collect_there", "cities": ["Lissabon", "Porto"]}, "Abholen kannst du nur hier: Lissabon und Porto."),
        (
            {"why": "collect_soon", "places": ["Café Mira"], "days": 7},
            "In den nächsten 7 Tagen sind alle Abholzeiten vergeben oder geschlossen: Café Mira.",
        ),
        ({"why": "on_shelf", "left": 0, "place": "Café Mira"}, "Im Regal ist keins mehr da: Café Mira."),
        ({"why": "on_shelf", "left": 2, "place": "Café Mira"}, "Im Regal von Café Mira sind nur noch 2 da."),
        ({"why": "to_send", "left": 0, "place": "Store-room"}, "Zum Verschicken ist keins mehr da."),
        ({"why": "to_send", "left": 1, "place": "Store-room"}, "Zum Verschicken ist nur noch 1 da."),
        ({"why": "there", "left": 0, "place": "Store-room"}, "Zum Hinbringen ist keins mehr da."),
        ({"why": "there", "left": 3, "place": "Store-room"}, "Zum Hinbringen sind nur noch 3 da."),
        (
            {"why": "tax", "country": "NO", "tax_class": "reduced"},
            "Das können wir dort noch nicht verkaufen, die Steuer ist uns nicht bekannt (Norwegen).",
        ),
        (
            {"why": "tax_postcode", "country": "US"},
            "Um die Steuer zu nennen, brauchen wir deine Postleitzahl (Vereinigte Staaten).",
        ),
        # The sentence around it says it, or nobody knows how to: better nothing than English.
        ({"why": "country", "country": "NO"}, ""),
        ({}, ""),
    ],
)
def test_a_reason_is_said_in_german_from_its_facts(facts, german):
    assert reason(voice("de"), "The service's own sentence.", facts) == german
    assert reason(voice("en-GB"), "The service's own sentence.", facts) == "The service's own sentence."
    # A language without a catalogue is answered in English as a whole.
    assert reason(voice("pt"), "The service's own sentence.", facts) == "The service's own sentence."


def test_reasons_that_come_to_the_same_are_said_once():
    why = {"A.": {"why": "to_send", "left": 0}, "B.": {"why": "to_send", "left": 0}, "C.": {}}

    assert reasons(voice("de"), ("A.", "B.", "C."), why) == ["Zum Verschicken ist keins mehr da."]


@pytest.mark.parametrize(
    ("locale", "tax", "export"),
    [
        ("de", "MwSt. 23,5\u00a0%", "MwSt.: keine, das ist eine Ausfuhr"),
        ("fr", "TVA 23,5\u00a0%", "TVA\u00a0: aucune, c’est une exportation"),
        ("es", "IVA 23,5\u00a0%", "IVA: ninguno, es una exportación"),
        ("en", "VAT 23.5 %", "VAT 23.5 %"),
    ],
)
def test_the_tax_is_named_and_its_rate_written_as_the_language_does(locale, tax, export):
    line = {"kind": "tax", "label": "VAT 23.5 %", "name": "vat", "rate_bp": 2350, "is_export": False}

    assert line_label(voice(locale), line, {}, "Kiln & Tide") == tax
    assert line_label(voice(locale), line | {"is_export": True}, {}, "Kiln & Tide") == export


@pytest.mark.parametrize(
    ("line", "german"),
    [
        ({"kind": "partner", "label": "Café Mira receives", "name": "Café Mira"}, "an Café Mira"),
        ({"kind": "creator", "label": "Ana receives", "name": "Ana"}, "an Ana"),
        ({"kind": "creator", "label": "Kiln & Tide receives"}, "an Kiln & Tide"),
        ({"kind": "processor_fee", "label": "Payment fee"}, "Zahlungsgebühr"),
        ({"kind": "duty", "label": "Customs duty"}, "Zoll"),
        ({"kind": "import_tax", "label": "Import VAT"}, "Einfuhrsteuer"),
        ({"kind": "import_fee", "label": "Handling"}, "Gebühr für die Einfuhrabwicklung"),
        ({"kind": "extra", "label": "2 × Karte"}, "2 × Karte"),
        (
            {"kind": "tax", "label": "VAT 20 % (FR)", "name": "vat", "rate_bp": 2000, "is_export": False,
             "is_abroad": True, "country": "FR"},
            "MwSt. 20\u00a0% (Frankreich)",
        ),
    ],
)  # fmt: skip
def test_every_line_of_a_price_has_its_name_in_german(line, german):
    assert line_label(voice("de"), line, {}, "Kiln & Tide") == german
    assert line_label(voice("en"), line, {}, "Kiln & Tide") == line["label"]


def test_terms_from_before_facts_were_kept_beside_the_words_keep_their_words():
    old = {"kind": "tax", "label": "VAT 23 %", "amount_minor": 1}

    assert line_label(voice("de"), old, {}, "Kiln & Tide") == "VAT 23 %"
    assert way_label(voice("de"), method="parcel", name="", country="DE", label="Post to Germany") == "Post to Germany"


def test_a_city_is_called_as_the_language_calls_it():
    tomorrow = START.replace(day=28)

    assert voice("de").moment(tomorrow, LISBON) == "Samstag um 18:00 (Lissabon)"
    assert voice("fr").moment(tomorrow, "America/New_York") == "samedi à 13:00 (New York)"
    assert voice("en").moment(tomorrow, "America/Argentina/Buenos_Aires") == "Saturday at 15:00 (Buenos Aires)"


def test_a_bank_s_english_reason_is_not_repeated_to_a_german():
    world = World(locale="de")
    world.hear(events.Opened())
    world.tap(next(tap for draft in world.said for tap in draft.taps if tap.name == "pick"))
    world.tap(next(tap for draft in world.said for tap in draft.taps if tap.name == "deliver"))
    world.tap(next(tap for draft in world.said for tap in draft.taps if tap.name == "accept"))

    [said] = world.hear(events.PaymentFailed(hold="hold-1", reason="Insufficient funds."))

    assert said.body.text == "Die Zahlung wurde nicht angenommen. Deine Reservierung läuft bis 18:10:00."


def at_border(**facts):
    known = {"incoterm": "DAP", "country": "NL", "currency": "EUR", "amount_minor": 1413, "checked_on": "2026-11-27"}
    return {"delivery": {"import_note": "The service's own sentence.", "import": known | facts}}


@pytest.mark.parametrize(
    ("facts", "german"),
    [
        (
            {},
            (
                "Bei der Zustellung zahlst du vielleicht etwa 14,13\u00a0€, das entscheidet der Zoll dort (Niederlande). "
                "Stand der Regeln: 27.11.2026."
            ),
        ),
        (
            {"amount_minor": 0, "checked_on": None},
            "Bei der Zustellung werden keine Einfuhrabgaben erwartet, das entscheidet der Zoll dort (Niederlande).",
        ),
        (
            {"amount_minor": None, "checked_on": None},
            (
                "Bei der Zustellung können Zoll oder Steuern anfallen, das entscheidet der Zoll dort (Niederlande). "
                "Eine Schätzung gibt es nicht."
            ),
        ),
        ({"incoterm": "DDP"}, "Einfuhrabgaben sind enthalten, bei der Zustellung ist nichts zu zahlen."),
    ],
)
def test_what_is_due_at_a_border_is_said_in_german_from_its_facts(facts, german):
    assert import_note(voice("de"), at_border(**facts)) == german
    assert import_note(voice("en"), at_border(**facts)) == "The service's own sentence."


def test_terms_without_a_border_say_nothing_of_one():
    assert import_note(voice("de"), {"delivery": {"method": "parcel"}}) == ""


class Abroad(World):
    """A world in which every way of sending crosses a border."""

    def _quote(self, wish):
        event = super()._quote(wish)
        event.terms["delivery"] |= at_border()["delivery"]
        return event


@pytest.mark.parametrize(
    ("locale", "note"),
    [
        ("en", "The service's own sentence."),
        (
            "de",
            "Bei der Zustellung zahlst du vielleicht etwa 14,13\u00a0€, das entscheidet der Zoll dort (Niederlande).",
        ),
    ],
)
def test_a_quote_says_what_is_due_at_a_border_before_its_button(locale, note):
    world = Abroad(locale=locale)
    world.hear(events.Opened())
    world.tap(next(tap for draft in world.said for tap in draft.taps if tap.name == "pick"))

    world.tap(next(tap for draft in world.said for tap in draft.taps if tap.name == "deliver"))

    [quote] = [draft for draft in world.said if isinstance(draft.body, QuoteBody)]
    assert quote.body.returns_text.startswith(note)
    assert note in quote.fallback_text
    assert world.holds == []
