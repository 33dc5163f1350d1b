"""
In which language the thread goes on: the shopper's own, until they ask for another by its name.
"""

from __future__ import annotations

from creatorshop.chat.engine import quotes, shelves, tickets
from creatorshop.chat.engine.offers import offer_help
from creatorshop.chat.engine.turns import Pen
from creatorshop.chat.freetext.languages import SPOKEN, own_name


def speak(pen: Pen, language: str) -> None:
    """Go on in a language, with what is still to be acted on said again in it; or say which ones there are."""
    if language not in SPOKEN:
        names = pen.voice.listed([own_name(spoken) for spoken in SPOKEN])
        offer_help(pen, pen.voice.text("languages", languages=names))
        return
    pen.speak(language)
    if shelves.SHELF in pen.state.pins:
        shelves.show_shelf(pen)
    quotes.say_again(pen)
    tickets.say_again(pen)
    offer_help(pen, f"{pen.voice.text('language_set')} {pen.voice.text('help')}")
