"""
In which language the thread goes on: the page's, until the shopper asks for another by its name, or the page changes its own.
"""

from __future__ import annotations

from creatorshop.chat.engine import follow_ons, quotes, shelves, tickets
from creatorshop.chat.engine.offers import offer_help
from creatorshop.chat.engine.turns import Pen
from creatorshop.chat.engine.voice import language_of
from creatorshop.chat.freetext.languages import SPOKEN, own_name


def speak(pen: Pen, language: str) -> None:
    """Go on in a language, with what is still to be acted on said again in it; or say which ones there are."""
    if language not in SPOKEN:
        names = pen.voice.listed([own_name(spoken) for spoken in SPOKEN])
        offer_help(pen, pen.voice.text("languages", languages=names))
        return
    _turn_to(pen, language)
    offer_help(pen, f"{pen.voice.text('language_set')} {pen.voice.text('help')}")


def follow_page(pen: Pen, locale: str) -> None:
    """Speak as the page does. One that did not change is no reason to forget what the shopper asked for."""
    page, spoken = language_of(locale) if locale else "", pen.voice.language
    if not page or page == pen.state.page:
        return
    if page == spoken:
        # It follows us: only what a page said first is kept.
        pen.remember(page=pen.state.page or page)
        return
    pen.remember(page=page)
    _turn_to(pen, page)


def _turn_to(pen: Pen, language: str) -> None:
    """Speak a language, and say again in place what can still be acted on."""
    pen.speak(language)
    if shelves.SHELF in pen.state.pins:
        shelves.show_shelf(pen)
    quotes.say_again(pen)
    tickets.say_again(pen)
    follow_ons.say_again(pen)
