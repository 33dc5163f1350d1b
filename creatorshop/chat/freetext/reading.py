"""
Understanding a typed line: exact commands, then what it names, then what is wanted of it.

Nothing is learnt and nothing is guessed: a phrase of the lexicon is there, allowing for a slip, or it is not. Where
two readings are close the shopper is asked, and where none is sure they are shown what can be asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz

from creatorshop.chat.freetext.entities import Entities, Vocabulary, find_entities
from creatorshop.chat.freetext.languages import language_named
from creatorshop.chat.freetext.lexicons import ar, de, en, es, fr
from creatorshop.chat.freetext.lexicons.shapes import Lexicon
from creatorshop.chat.freetext.normalising import normalise, windows

BAR = 0.62  # below it nothing was understood
CLOSE = 0.06  # so near to each other that we ask
PHRASE_ALIKE = 88
SHORTEST_FUZZY = 5

LEXICONS: dict[str, Lexicon] = {module.LEXICON.language: module.LEXICON for module in (ar, de, en, es, fr)}


@dataclass(frozen=True)
class Reading:
    intents: tuple[str, ...]  # the likeliest first; empty if nothing was understood
    is_close: bool  # the first two are about as likely
    entities: Entities
    is_bare: bool = False  # something was named, and nothing said of it that we know


def read(text: str, *, language: str, vocabulary: Vocabulary, today: date) -> Reading:
    """Return what a text asks for. English is tried as well: many say "hi" or "price?" in a shop of any language."""
    reading = _read(text, LEXICONS.get(language, en.LEXICON), vocabulary, today)
    if language == "en" or reading.entities.beside or (reading.intents and not reading.is_bare):
        return reading
    in_english = _read(text, en.LEXICON, vocabulary, today)
    return in_english if in_english.intents and not in_english.is_bare else reading


def _read(text: str, lexicon: Lexicon, vocabulary: Vocabulary, today: date) -> Reading:
    words = lexicon.comparable(text).split()
    if (command := lexicon.commands.get(" ".join(words))) is not None:
        return Reading((command,), False, Entities())
    entities = find_entities(words, vocabulary, lexicon, today)
    # A glaze or a size may bear a language's name; what is on the shelf goes first.
    if not entities.skus and (named := language_named(normalise(text).split())):
        return Reading(("language",), False, Entities(language=named))
    scores = {intent: _score(words, phrases) for intent, phrases in lexicon.intents.items()}
    is_bare = max(scores.values()) < BAR
    _weigh(scores, entities)
    ranked = sorted((intent for intent in scores if scores[intent] >= BAR), key=lambda intent: -scores[intent])
    is_close = len(ranked) > 1 and scores[ranked[0]] - scores[ranked[1]] < CLOSE
    return Reading(tuple(ranked), is_close, entities, is_bare)


def _score(words: list[str], phrases: Mapping[str, float]) -> float:
    """Return how sure the best phrase makes us, and a little for each other one."""
    found = sorted(
        (weight * alike for phrase, weight in phrases.items() if (alike := _alike(words, phrase))), reverse=True
    )
    return found[0] + 0.08 * min(len(found) - 1, 3) if found else 0.0


def _alike(words: list[str], phrase: str) -> float:
    best = 0.0
    for window in windows(words, len(phrase.split())):
        if window == phrase:
            return 1.0
        if len(phrase) >= SHORTEST_FUZZY and (ratio := fuzz.ratio(window, phrase)) >= PHRASE_ALIKE:
            best = max(best, ratio / 100)
    return best


def _weigh(scores: dict[str, float], entities: Entities) -> None:
    """Let what a text names speak for what it asks."""
    if entities.country or entities.postcode:
        scores["delivery"] += (0.3 if scores["delivery"] else 0.62) + (0.2 if entities.by_date else 0.0)
    elif entities.by_date:
        # "By Friday?", and nothing else, asks whether it can be there.
        others = max((score for intent, score in scores.items() if intent != "delivery"), default=0.0)
        scores["delivery"] += 0.2 if others >= BAR or scores["delivery"] else BAR
    if entities.order:
        scores["order_status"] += 0.9
    if entities.skus and entities.is_named_by_option:
        # "Sage", or "two sage please", and nothing else: they want it.
        others = max((score for intent, score in scores.items() if intent != "buy"), default=0.0)
        scores["buy"] += 0.65 if others < BAR else 0.1 if scores["buy"] else 0.0
    elif entities.skus and scores["buy"]:
        scores["buy"] += 0.3
