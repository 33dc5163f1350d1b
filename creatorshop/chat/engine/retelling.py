"""
What the shop's services say by themselves, they say in English: a line of the receipt, a way of delivery, why nothing
reaches a place. In English it is taken as it stands; any other language says it again from the facts that came along.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from creatorshop.chat.engine.voice import Voice


def line_label(voice: Voice, line: Mapping[str, Any], terms: Mapping[str, Any], creator: str) -> str:
    """Return what a line of accepted terms is called."""
    if voice.is_english:
        return str(line["label"])
    match line["kind"]:
        case "delivery":
            return delivery_label(voice, terms)
        case "service_fee":
            return voice.text("service_fee")
        case "processor_fee":
            return voice.text("processor_fee")
        case "creator" | "partner":
            return voice.text("receives", creator=line.get("name", creator))
        case "tax" if "name" in line:
            return _tax_label(voice, line)
        case "duty" | "import_tax" | "import_fee":
            return voice.text(line["kind"])
        case _:
            return str(line["label"])


def _tax_label(voice: Voice, line: Mapping[str, Any]) -> str:
    if line["is_export"]:
        return voice.text(f"{line['name']}_export")
    label = voice.text(line["name"], rate=voice.percent(line["rate_bp"]))
    return f"{label} ({voice.country(line['country'])})" if line.get("is_abroad") else label


def delivery_label(voice: Voice, terms: Mapping[str, Any]) -> str:
    """Return how accepted terms say that it comes."""
    delivery = terms["delivery"]
    country = terms.get("destination", {}).get("country", "")
    return way_label(
        voice, method=delivery["method"], name=delivery.get("name", ""), country=country, label=delivery["label"]
    )


def way_label(voice: Voice, *, method: str, name: str, country: str, label: str) -> str:
    """Return what a way of delivery is called; terms from before it had a name of its own keep their label."""
    if voice.is_english or not name:
        return label
    if method == "pickup":
        return voice.text("pickup_at", place=name)
    return voice.text("sent_by", name=name, country=voice.country(country)) if country else name


def import_note(voice: Voice, terms: Mapping[str, Any]) -> str:
    """Return what accepted terms say is due at a customs border; nothing where none is crossed."""
    delivery = terms["delivery"]
    note, facts = str(delivery.get("import_note", "")), delivery.get("import", {})
    if voice.is_english or not note:
        return note
    if facts["incoterm"] == "DDP":
        return voice.text("import_included")
    country, amount_minor = voice.country(facts["country"]), facts["amount_minor"]
    if amount_minor is None:
        words = voice.text("import_unknown", country=country)
    elif amount_minor:
        words = voice.text("import_about", amount=voice.money(amount_minor, facts["currency"]).text, country=country)
    else:
        words = voice.text("import_none", country=country)
    if not facts["checked_on"]:
        return words
    return f"{words} {voice.text('import_checked', date=voice.full_day(date.fromisoformat(facts['checked_on'])))}"


def reasons(voice: Voice, sentences: tuple[str, ...], why: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return why something cannot be had, leaving out what nobody can say in the shopper's language."""
    said = [reason(voice, sentence, why.get(sentence, {})) for sentence in sentences]
    return [words for words in dict.fromkeys(said) if words]


def reason(voice: Voice, sentence: str, facts: Mapping[str, Any]) -> str:
    """Return why something cannot be had, or nothing if that cannot be said in the shopper's language."""
    if voice.is_english:
        return sentence
    country = voice.country(str(facts.get("country", "")).upper())
    left, place = int(facts.get("left", 0)), str(facts.get("place", ""))
    match facts.get("why"):
        case "import_data" | "import_unknown" | "import_blocked" as why:
            return voice.text(f"cannot_{why}", country=country)
        case "tax":
            return voice.text("cannot_tax", country=country)
        case "tax_postcode":
            return voice.text("cannot_tax_postcode", country=country)
        case "weight":
            weight, most = voice.kilograms(facts["weight_g"]), voice.kilograms(facts["max_weight_g"])
            return voice.text("cannot_weight", weight=weight, most=most)
        case "postcode_form":
            known = {"postcode": facts["postcode"], "example": facts["example"]}
            return voice.text("cannot_postcode_form", country=country, **known)
        case "postcode_missing":
            return voice.text("cannot_postcode_missing", country=country)
        case "postcode":
            return voice.text("cannot_postcode", country=country, postcode=facts["postcode"])
        case "collect_there":
            return voice.text("cannot_collect_there", cities=voice.listed(facts["cities"]))
        case "collect_soon":
            return voice.text("cannot_collect_soon", n=facts["days"], places=voice.listed(facts["places"]))
        case "to_send":
            return voice.text("only_to_send", n=left) if left else voice.text("none_to_send")
        case "there":
            return voice.text("only_there", n=left) if left else voice.text("none_in_store_room")
        case "on_shelf":
            key = "only_on_shelf" if left else "none_on_shelf"
            return voice.text(key, n=left, place=place)
        case _:
            return ""
