"""Nothing the bot says stays English in a language it speaks."""

import gettext
import io
import re
from string import Formatter

import pytest
from babel import Locale

from creatorshop.chat import catalogues
from creatorshop.chat.bodies import LABEL
from creatorshop.chat.engine.sentences import SENTENCES, sentence

LANGUAGES = ("ar", "de", "es", "fr")
COUNTS = range(201)
# What is nothing but fields, signs and units that every language here writes alike.
SAME = {
    "de": {
        "follow_benefits",
        "human_says",
        "option_dates",
        "quote_delivery",
        "quote_pickup",
        "pass_when",
        "returns_of",
        "stock_one",
    },
    "es": {
        "follow_benefits",
        "human_says",
        "option_dates",
        "pass_when",
        "quote_delivery",
        "returns_of",
        "stock_one",
        "span",
        "span_hours",
        "span_days",
        "span_whole_days",
    },
    "fr": {"option_dates", "quote_delivery", "span", "span_hours"},
    "ar": {"follow_benefits", "human_says", "option_dates", "returns_of", "stock_one"},
}
# Every field, filled in with its own name.
VALUES = {name: f"⟨{name}⟩" for words in SENTENCES.values() for name in re.findall(r"{(\w+)}", "".join(words))}


def fields_of(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name}


def forms_of(language: str, key: str) -> tuple[str, ...]:
    english = SENTENCES[key]
    said = catalogues.catalogue_of(language)[english if isinstance(english, str) else english[0]].string
    return (said,) if isinstance(said, str) else tuple(said)


def numbers_of(language: str) -> dict[int, list[int]]:
    """Return which numbers, up to two hundred, each plural form stands for."""
    chosen = gettext.c2py(catalogues.catalogue_of(language).plural_expr)
    numbers: dict[int, list[int]] = {}
    for n in COUNTS:
        numbers.setdefault(chosen(n), []).append(n)
    return numbers


def test_the_bot_speaks_arabic_german_spanish_and_french_besides_english():
    assert tuple(catalogues.languages()) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_every_sentence_and_no_other(language):
    assert catalogues.written(catalogues.refreshed(language)) == catalogues.path_of(language).read_bytes(), (
        "run `make catalogues`"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_says_what_is_written(language):
    expected = io.BytesIO(catalogues.compiled(catalogues.catalogue_of(language)))
    with catalogues.path_of(language).with_suffix(".mo").open("rb") as binary:
        found = gettext.GNUTranslations(binary)

    assert found._catalog == gettext.GNUTranslations(expected)._catalog


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_stays_english(language):
    same = set()
    for key, english in SENTENCES.items():
        for n in (1, 2, 3, 15, 100) if isinstance(english, tuple) else (1,):
            said = sentence(key, language, **(VALUES | {"n": n}))
            assert said.strip(), key
            if said == sentence(key, "en", **(VALUES | {"n": n})):
                same.add(key)

    assert same == SAME[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_fields_of_its_sentence(language):
    numbers = numbers_of(language)
    for key, english in SENTENCES.items():
        one, wanted = fields_of(english if isinstance(english, str) else english[0]), fields_of("".join(english))
        forms = forms_of(language, key)
        for index, form in enumerate(forms):
            # Where a form stands for one number alone, the number may be a word, as in "the one mug" or "يومين".
            is_one_number = len(forms) > 1 and len(numbers[index]) == 1
            spoken = {"n", "count"} if is_one_number else wanted - one if 1 in numbers[index] else set()
            assert fields_of(form) <= wanted, (key, form)
            assert wanted - fields_of(form) <= spoken, (key, form)


@pytest.mark.parametrize("language", LANGUAGES)
def test_plurals_follow_the_language_s_own_rule(language):
    chosen = gettext.c2py(catalogues.catalogue_of(language).plural_expr)
    rule = Locale.parse(language).plural_form

    # One form for each of the language's categories, and one category for each form.
    pairs = {(rule(n), chosen(n)) for n in COUNTS}
    assert len(pairs) == len({category for category, _ in pairs}) == catalogues.catalogue_of(language).num_plurals
    assert all(
        len(forms_of(language, key)) == len(pairs) for key, english in SENTENCES.items() if isinstance(english, tuple)
    )


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (1, "يمكنك إرجاعه خلال يوم واحد من استلامه."),
        (2, "يمكنك إرجاعه خلال يومين من استلامه."),
        (3, "يمكنك إرجاعه خلال 3 أيام من استلامه."),
        (14, "يمكنك إرجاعه خلال 14 يومًا من استلامه."),
        (100, "يمكنك إرجاعه خلال 100 يوم من استلامه."),
        (103, "يمكنك إرجاعه خلال 103 أيام من استلامه."),
    ],
)
def test_arabic_counts_in_six_ways(n, words):
    assert sentence("returns", "ar", n=n) == words


@pytest.mark.parametrize("language", LANGUAGES)
def test_buttons_fit_and_nobody_is_hurried_in_any_language(language):
    for key in SENTENCES:
        for form in forms_of(language, key):
            assert "!" not in form, key
            if key.startswith(("b_", "intent_")):
                assert len(form.format(total="1,00 €", n=15)) <= LABEL, key


def test_a_country_s_variant_of_a_language_is_that_language():
    assert sentence("sold_out_badge", "de_AT") == "Ausverkauft"
    assert sentence("sold_out_badge", "pt_PT") == "Sold out"
