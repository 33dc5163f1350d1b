"""
Languages by name: "Deutsch", "in German please" or "بالعربية" asks for another language, in whatever language it is said.
"""

from __future__ import annotations

from functools import cache

from babel import Locale

from creatorshop.chat.freetext.normalising import normalise

SPOKEN = ("en", "de", "fr", "es", "ar")
# Those whose own names people will try although we do not speak them; by other names every language is known.
OTHERS = (
    "pt",
    "it",
    "nl",
    "pl",
    "tr",
    "uk",
    "ru",
    "sv",
    "da",
    "nb",
    "fi",
    "cs",
    "el",
    "he",
    "fa",
    "hi",
    "zh",
    "ja",
    "ko",
)
_AROUND = frozenset(
    normalise(
        "in on to into please speak do you can could we switch change the language "
        "auf bitte sprich sprichst du kannst spreche wir sprache lieber "
        "en s'il vous plaît svp parle parlez parler langue plutôt "
        "por favor habla hablas hablar idioma mejor "
        "من فضلك تكلم تحدث هل تتحدث اللغة باللغة لو سمحت"
    ).split()
)


def language_named(words: list[str]) -> str:
    """Return the language that a text names and says nothing beside, or nothing."""
    names = _names()
    whole = " ".join(words)
    left = " ".join(word for word in words if word not in _AROUND)
    return names.get(whole) or names.get(left, "")


def own_name(language: str) -> str:
    """Return what a language calls itself, like Deutsch."""
    name = Locale.parse(language).languages[language]
    return str(name[0].upper() + name[1:])


@cache
def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in (*OTHERS, *SPOKEN):
        locale = Locale.parse(language)
        known = locale.languages if language in SPOKEN else {language: locale.languages[language]}
        found |= {normalise(name): code for code, name in known.items() if len(code) == 2}
    # "In Arabic" is one word in Arabic, and the masculine form goes without the article.
    for name, code in list(found.items()):
        if name.startswith("ال"):
            bare = name.removeprefix("ال")
            found |= {f"ب{name}": code, bare: code, bare.removesuffix("ه"): code}
    return found
