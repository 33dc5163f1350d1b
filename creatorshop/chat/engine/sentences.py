"""
Every sentence of the bot, in one place.

The English sentence is the message id: a translation is a gettext catalogue `chat` below `creatorshop/chat/locale`.
Sentences that count come in pairs and are chosen by the language's own plural rule, by the value named `n`.

The voice is plain, exact and calm. Numbers and times come from the facts alone, and a count says what it counts.
"""

from __future__ import annotations

import gettext
import re
from functools import cache
from pathlib import Path

_TWO_STOPS = re.compile(r"(?<!\.)\.\.(?!\.)")
LOCALES = Path(__file__).resolve().parent.parent / "locale"

SENTENCES: dict[str, str | tuple[str, str]] = {
    # Times and counts
    "today": "today",
    "moment": "{day} at {time} ({city})",
    "dates": "{earliest} to {latest}",
    "span": "{minutes} min",
    "span_hours": "{hours} h {minutes} min",
    "span_days": "{days} d {hours} h",
    "span_whole_days": "{days} d",
    "left": "{left} of {total} left",
    "left_and_held": "{left} of {total} left, {held} on hold right now",
    "sold_out_badge": "Sold out",
    "free": "free",
    # A place in line, by the language's own ordinal rule (in English: 1st, 2nd, 3rd, 4th)
    "ordinal_zero": "{number}th",
    "ordinal_one": "{number}st",
    "ordinal_two": "{number}nd",
    "ordinal_few": "{number}rd",
    "ordinal_many": "{number}th",
    "ordinal_other": "{number}th",
    # The shelf
    "welcome": "Welcome to {creator}.",
    "shelf_prompt": "{option}: tap one for the full price.",
    "shelf_prompt_plain": "Tap one for the full price.",
    "from_price": "from, all fees included",
    "from_price_tax": "from, all fees included; tax is added by destination",
    "from_price_reduced": "from, all fees included; lowest of the 30 days before: {before}",
    "from_price_reduced_tax": "from, all fees included; tax is added by destination; lowest of the 30 days before: {before}",
    "bought_since": ("{n} bought since {moment}.", "{n} bought since {moment}."),
    "bought_counted": "Paid orders of this drop. What was sent back and what the team bought is not counted.",
    "more_products": ("{n} more piece in this drop.", "{n} more pieces in this drop."),
    "nothing_on_sale": "{creator} has nothing on sale right now.",
    "next_drop": "{title} opens {moment}, in {span}.",
    "no_next_drop": "No next drop has a date yet. The shop page will show it first.",
    "not_yet_open": "{title} opens {moment}, in {span}.",
    "opening_any_moment": "{title} opens any moment now.",
    "members_first": "{title} is for members first. It opens for everybody {moment}, in {span}.",
    "open_to_all": "{title} is open for everybody now.",
    "membership_joined": "You are a member now: {tier}. It costs nothing, and you can leave whenever you like.",
    "membership_refused": "There is no membership to join right now.",
    "membership_ended": "You are no member any more. Nothing else has changed.",
    "drop_opened": "{title} is open until {moment}.",
    "drop_resumed": "{title} goes on. It is open until {moment}.",
    "paused": "The creator paused the drop at {time}.",
    "paused_because": "The creator paused the drop at {time}: {reason}",
    "paused_plain": "The creator paused the drop.",
    "closed": "{title} closed {time}.",
    "closed_plain": "{title} is closed.",
    "live_holds_go_on": "Holds that are running run to their end.",
    # Delivery
    "where": "Where should it go?",
    "where_slots": "Take a pickup time above, or have it sent.",
    "slots_taken": "Every pickup time is taken right now.",
    "ship_form": "Where should we send it? Country and postcode are enough for now.",
    "country": "Country",
    "postcode": "Postcode",
    "bad_country": "I don't know that country. Please choose one from the list.",
    "bad_postcode": "That postcode is too long. Please check it.",
    "ship_choices": "Ways to send it to {country}:",
    "cannot_ship": "We cannot send this to {country}.",
    "cannot_ship_because": "We cannot send this to {country}: {reason}",
    "delivery_gone": "That pickup time or delivery is no longer to be had. Here is what there is now.",
    "option_dates": "{price} · {dates}",
    "delivery_answer": "{label}: {dates}, {price}.",
    "by_date_yes": "Yes: with {label} you have it by {day}.",
    "by_date_no": "I can't promise {day}. The soonest is {label}: {dates}.",
    "delivery_needs_place": "Tell me where, and I give you the dates and the price.",
    # What the shop's services say in English by themselves, and other languages say from the facts
    "pickup_at": "Pickup at {place}",
    "sent_by": "{name} to {country}",
    "only_to_send": ("Only {n} left to send.", "Only {n} left to send."),
    "only_there": ("Only {n} left to bring there.", "Only {n} left to bring there."),
    "only_on_shelf": ("Only {n} left on the shelf at {place}.", "Only {n} left on the shelf at {place}."),
    "cannot_weight": "{weight} is too heavy for our parcels there, which take up to {most}.",
    "cannot_postcode_form": "“{postcode}” is not a postcode of {country}: one looks like {example}.",
    "cannot_postcode_missing": "We need your postcode to send to {country}.",
    "cannot_postcode": "We can't send parcels to {postcode}, {country}.",
    "cannot_collect_there": "You can collect only in {cities}.",
    "cannot_collect_soon": (
        "Every pickup slot of the next {n} day at {places} is taken or closed.",
        "Every pickup slot of the next {n} days at {places} is taken or closed.",
    ),
    "cannot_import_data": "What customs asks for has not been filled in yet ({country}).",
    "cannot_import_unknown": "Nobody can say yet which import charges would have to be paid in advance ({country}).",
    "cannot_import_blocked": "Customs rules do not allow it at the moment ({country}).",
    "cannot_tax": "We can't sell this in {country} yet: its tax there is not known.",
    "cannot_tax_postcode": "We need your postcode to say what tax is due in {country}.",
    # The quote
    "service_fee": "Service fee",
    "processor_fee": "Payment fee",
    "duty": "Customs duty",
    "import_tax": "Import tax",
    "import_fee": "Import handling fee",
    "import_included": "Import charges are included: nothing is due on delivery.",
    "import_about": "You may pay about {amount} on delivery, decided by customs there ({country}).",
    "import_none": "No import charges are expected on delivery; customs there decides ({country}).",
    "import_unknown": "You may have to pay duty or tax on delivery, decided by customs there ({country}). No estimate is known.",
    "import_checked": "Rules as checked on {date}.",
    "receives": "{creator} receives",
    "vat": "VAT {rate}",
    "vat_export": "VAT: none, this is an export",
    "sales_tax": "Sales tax {rate}",
    "sales_tax_export": "Sales tax: none, this is an export",
    "quote": "{title}: {total} in all, {delivery}.",
    "quote_delivery": "{label}, {dates}",
    "quote_pickup": "{label}, {day}, {hours}",
    "quote_of_which": "of which {label}: {amount}",
    "returns": (
        "You can send it back within {n} day of getting it.",
        "You can send it back within {n} days of getting it.",
    ),
    "hold_offer": (
        "Hold it for {n} minute - free, nothing is charged.",
        "Hold it for {n} minutes - free, nothing is charged.",
    ),
    "quote_changed": "The price changed while you read. Here is the new total.",
    "quote_expired": "That price was good until {time}. Here it is as of now.",
    "quote_expired_plain": "That price is no longer good. Here it is as of now.",
    "how_many": "How many {title}?",
    # Beside the goods
    "offers": "Beside it, if you like. Each amount is what the total rises by, tax and fees included.",
    "offers_how": "To have it, write “add {title}”.",
    "added": "added",
    "extras_now": "With {titles} it is {total} in all.",
    "extras_none": "With nothing beside it, it is {total} in all.",
    "extras_declined": "All right. It stays at {total} in all.",
    "extras_too_late": "What goes with {title} is chosen before the hold. To change it, let it go and hold it again.",
    "extra_gone": "That is not offered any more. Here is the price without it.",
    # The hold
    "held": "{title} is on hold for you until {time}. Nothing is charged.",
    "held_many": "{n} × {title} are on hold for you until {time}. Nothing is charged.",
    "hold_extended": "You have until {time} now.",
    "extension_used": "A hold can be made longer once, and this one was. It runs until {time}.",
    "cannot_extend": "This hold cannot be made longer. It runs until {time}.",
    "hold_ending": "Your hold on {title} ends at {time}. Nothing is charged if you let it go.",
    "hold_expired": "The hold ended. Nothing was charged.",
    "hold_expired_paying": "The hold ended before a payment reached us. If one still comes, you get the piece if one "
    "is there, or the money back. I will say which here.",
    "hold_released": "Let go. Nothing was charged.",
    "hold_revoked": "The shop ended this hold. Nothing was charged.",
    "hold_over": "The hold ended.",
    "hold_gone": "That hold is over.",
    "release_refused": "A payment is under way for this hold, so it cannot be let go right now. It ends by itself at "
    "{time} if nothing is paid.",
    "already_holding": "You are holding {title} until {time}.",
    "paying": "Your payment for {title} is under way. The hold runs until {time}.",
    "checkout": "Pay {total} for {title} here: {url}",
    "nothing_to_pay": "Nothing is on hold for you right now, so there is nothing to pay.",
    # Refusals
    "busy": "Many hands at once. Trying again for you…",
    "still_busy": "Still many hands at once. Nothing is held yet.",
    "only_some_left": (
        "Only {n} {item} is free right now, you asked for {asked}.",
        "Only {n} {item} are free right now, you asked for {asked}.",
    ),
    "held_by_others": (
        "The one {item} is on hold or sold. The next hold ends at {time}.",
        "All {n} {item} are on hold or sold. The next hold ends at {time}.",
    ),
    "held_by_others_plain": "Every {item} is on hold or sold right now.",
    "sold_out": "{item} is sold out.",
    "gone_but": "That one is gone. {other} is still here.",
    "gone": "That one is gone.",
    "limit_reached_one": "One per person in this drop, and you have yours.",
    "limit_reached": "{limit} per person in this drop, and you have {taken}.",
    "slow_down": "A few others go first. I try to hold it for you at {time}.",
    "cooling_down": (
        "You let {count} hold lapse. You can hold again at {time}.",
        "You let {count} holds lapse. You can hold again at {time}.",
    ),
    "tell_later": "All right, I tell you here at {time}.",
    "may_hold_again": "You can hold again now.",
    "never_mind": "All right, I let it be.",
    "step_up": "Before I can hold this, please confirm your e-mail address. We send you a code; it takes a minute.",
    "step_up_passed": "Thank you, that was all. You can hold now.",
    "blocked": "I can't hold this for you. If you think that is a mistake, write to {contact} and mention {mention}.",
    # Limits by what several accounts share. "n" is the limit.
    "limit_chat": (
        "This login has the {n} unit that one person may have in this drop.",
        "This login has the {n} units that one person may have in this drop.",
    ),
    "limit_phone": (
        "This phone number has the {n} unit that one person may have in this drop.",
        "This phone number has the {n} units that one person may have in this drop.",
    ),
    "limit_device": (
        "This device has the {n} unit that one household may have in this drop.",
        "This device has the {n} units that one household may have in this drop.",
    ),
    "limit_card": (
        "This card has the {n} unit that one person may have in this drop.",
        "This card has the {n} units that one person may have in this drop.",
    ),
    "limit_addr": (
        "This address has the {n} unit that one household may have in this drop.",
        "This address has the {n} units that one household may have in this drop.",
    ),
    "limit_chat_left": ("This login can have {n} more in this drop.", "This login can have {n} more in this drop."),
    "limit_phone_left": (
        "This phone number can have {n} more in this drop.",
        "This phone number can have {n} more in this drop.",
    ),
    "limit_device_left": ("This device can have {n} more in this drop.", "This device can have {n} more in this drop."),
    "limit_card_left": ("This card can have {n} more in this drop.", "This card can have {n} more in this drop."),
    "limit_addr_left": ("This address can have {n} more in this drop.", "This address can have {n} more in this drop."),
    # Units that lie somewhere else
    "none_to_send": "None left to send.",
    "none_in_store_room": "None left to bring there.",
    "none_on_shelf": "None left on the shelf at {place}.",
    "few_here": ("Only {n} is left there, you asked for {asked}.", "Only {n} are left there, you asked for {asked}."),
    "on_shelf": ("{n} is on the shelf at {place}.", "{n} are on the shelf at {place}."),
    "in_store_room": ("{n} can be sent or brought elsewhere.", "{n} can be sent or brought elsewhere."),
    "session_lost": "I can no longer do that from here. Please start from the shop page.",
    "unforeseen": "Something went wrong on our side, and nothing was done. Please try again.",
    # The waitlist
    "wait_where": "I put you in line for {item}. First: how should it reach you when it is your turn?",
    "wait_which": "{title}: which one would you wait for?",
    "in_line": "You are {place} in line for {quantity} {item}.",
    "line_promise": (
        "When it is your turn it is on hold for you for {n} minute, and I say so here.",
        "When it is your turn it is on hold for you for {n} minutes, and I say so here.",
    ),
    "line_too_few": "You asked for {quantity}, and fewer came back at a time. Your place is kept.",
    "line_limit": "You have as many as one may have, so you were passed over. Your place is kept.",
    "line_delivery": "The delivery you chose is no longer to be had. Leave the line and join again with another one.",
    "line_not_now": "It could not be offered to you just now. Your place is kept.",
    "line_offered": "It is your turn for {item}.",
    "line_turn_over": "You had your turn for {item}.",
    "line_left": "You left the line for {item}.",
    "line_removed": "The shop took you out of the line for {item}.",
    "line_over": "The drop has closed, and with it the line for {item}. Nothing was charged.",
    "line_gone": "That place in line is gone.",
    "offered": "A {item} came back. It is yours until {time}. Nothing is charged.",
    "offered_many": "{n} {item} came back. They are yours until {time}. Nothing is charged.",
    # Payment
    "payment_failed": "Your bank said no. Your hold runs until {time}.",
    "payment_failed_because": "{reason} Your hold runs until {time}.",
    "payment_refused": "The payment was not accepted. Your hold runs until {time}.",
    "payment_failed_late": "Your bank said no, and the hold has ended. Nothing was charged.",
    "payment_stopped": "The payment was stopped. Your hold runs until {time}.",
    "paid": "Paid. {title} is yours.",
    "paid_late_rescued": "Your payment came after the hold ended, but one was still there. It's yours.",
    "paid_late_let_go": "Your payment came after the last one went. It was let go, and nothing was charged.",
    "paid_late_refunding": "Your payment came after the last one went. We are sending the money back.",
    "paid_late_refunded": "Your payment came after the last one went. We sent the money back at {time}.",
    "refund_sent": "We sent {total} back at {time}.",
    # After the sale
    "receipt": "{title}: {total} paid. Order {order}. {delivery}.",
    "pass": "Your code: {code}",
    "pass_when": "{day}, {hours}",
    "order_paid": "Order {order}, {title}: paid. {delivery}.",
    "order_packed": "Order {order}, {title}: packed, waiting for the carrier. {delivery}.",
    "order_sent": "Order {order}, {title}: on its way. {delivery}.",
    "order_delivered": "Order {order}, {title}: delivered.",
    "order_ready": "Order {order}, {title}: ready for you. {delivery}.",
    "returns_end": "Order {order}, {title}: you can send it back until {day}, to the end of that day.",
    "rate": "How is {title}? 1 is poor, 5 is very good. Only {creator} sees it.",
    "rated": "Thank you: {score} of 5 for {title}. Only {creator} sees it, and you can change it.",
    "rate_refused": "This order cannot be rated any more.",
    "order_handed_over": "Order {order}, {title}: handed over.",
    "order_refunded": "Order {order}, {title}: the money went back.",
    "no_orders": "You have no order with {creator} yet.",
    # A gift
    "gift_offer": "{title} can be for somebody else: you get a link to pass on, which shows no price.",
    "gift_form": "A few words to go with {title}? You may leave it empty.",
    "gift_words": "Your words",
    "gift_made": "{title} is ready to be given, until {until}. Whoever has the link can accept it, once, and sees no price. "
    "You make the link on your order's page; a new one ends the old one.",
    "gift_taken_back": "Taken back. Order {order}, {title}, is yours as it was.",
    "gift_claimed": "Your gift was accepted: {title}.",
    "gift_expired": "Nobody accepted {title}; it is yours again.",
    "gift_too_late": "{title} cannot be given any more: the time to collect it is over.",
    "gift_already_given": "{title} is given to somebody already, or cannot be given or taken back any more.",
    "gift_refunded": "{title} cannot be given: the money went back.",
    "gift_handed_over": "{title} cannot be given by a link any more: it was handed over.",
    "gift_packed": "{title} cannot be given by a link any more: it is being packed, and the address is printed.",
    # Free text
    "help": "I can tell you what is left, the full price, where and when it can reach you, and how your order stands. "
    "I can also hold a piece for you.",
    "unsure": "I did not get that.",
    "which": "Which do you mean?",
    "language_set": "I speak English from now on.",
    "languages": "I speak {languages}.",
    "greeting": "Hello.",
    "thanks": "You're welcome.",
    "who": "I am the shop assistant of {creator}, a program. Stock, prices and times come straight from the shop.",
    "stop": "All right. From now on I write by myself only about your own holds and orders.",
    "stock_one": "{item}: {count}.",
    "stock_gone": "{item} is sold out.",
    "price_one": "{item}: from {price}.",
    "price_note": "All fees included; the exact total depends on how it reaches you.",
    "price_note_tax": "All fees included; tax is added by destination, and the exact total depends on how it reaches you.",
    "variants": "{title} comes in: {names}.",
    "cancel": "An order cannot be cancelled from this chat yet. {returns}",
    "gift": "A gift is bought like any other piece. Once it is paid you can give it to somebody by a link, which shows no "
    "price. If wrapping or a card is offered with it, it stands below the full price.",
    "more_time_none": "Nothing is on hold for you right now.",
    "let_go_which": "Let {title} go? Nothing is charged.",
    # Buttons (20 characters at most)
    "b_choose": "Choose this",
    "b_see": "See it",
    "b_full_price": "Full price",
    "b_more": "Show more",
    "b_ship": "Ship it",
    "b_show_prices": "Show prices",
    "b_more_places": "Other places",
    "b_hold": ("Hold for {n} minute", "Hold for {n} minutes"),
    "b_other_delivery": "Other delivery",
    "b_pick_up": "Pick it up",
    "b_no_extras": "No, thanks",
    "b_quantity": "Change quantity",
    "b_pay": "Pay {total}",
    "b_pay_plain": "Pay",
    "b_release": "Let it go",
    "b_more_time": "I need more time",
    "b_join": "Become a member",
    "b_leave_membership": "Leave again",
    "b_hold_now": "Hold it now",
    "b_arrived": "It arrived",
    "b_again": "Hold again",
    "b_retry": "Try again",
    "b_take_left": "Take {n}",
    "b_waitlist": "Join the waitlist",
    "b_waitlist_for": "Waitlist for {n}",
    "b_front_of_line": "Front of the line",
    "b_leave_line": "Leave the line",
    "b_next_drop": "Next drop",
    "b_shelf": "What is left",
    "b_shop": "Shop page",
    "b_order": "My order",
    "b_give": "Give it to somebody",
    "b_make_gift": "Make it a gift",
    "b_gift_link": "Get the link",
    "b_take_back": "Take it back",
    "b_open_order": "Open the order",
    "b_track": "Track it",
    "b_check_again": "Check again",
    "b_delivery": "Delivery",
    "b_prices": "Prices",
    "b_keep": "Keep it",
    "b_tell_me": "Tell me then",
    "b_never_mind": "Never mind",
    "b_confirm": "Confirm my address",
    "b_try_other": "Other address",
    "intent_stock": "What is left",
    "intent_price": "Prices",
    "intent_variants": "Kinds",
    "intent_delivery": "Delivery",
    "intent_order_status": "My order",
    "intent_buy": "Buy one",
    "intent_returns": "Returns",
    "intent_pay": "Pay",
    "intent_release": "Let it go",
    "intent_more_time": "More time",
    "intent_cancel": "Cancel an order",
    "intent_gift": "A gift",
    "intent_who": "Who are you",
    "intent_human": "A person",
    "intent_next_drop": "Next drop",
    # A human
    "human_joined": "{name} is here. From now on a person answers you.",
    "human_left": "The assistant is back.",
    "human_left_quiet": "The assistant is back: {name} wrote nothing for {minutes} minutes.",
    "human_left_owing": "The assistant is back: {name} wrote nothing for {minutes} minutes. They have the note that you wait "
    "for an answer.",
    "human_holds": "I am holding it for you. Nothing is charged, and you can let it go.",
    "human_says": "{name}: {text}",
    "human_wanted": "I am a program. I left {creator} a note that you want a person; whoever comes answers here, and I "
    "cannot say when. Until then, these I can answer:",
    "human_wanted_already": "{creator} has the note that you want a person, since {time}. Until somebody comes, these I "
    "can answer:",
    "human_unsure": "I still don't get it, so I left {creator} a note. A person answers here, and I cannot say when. "
    "Until then, these I can answer:",
    "human_unsure_again": "I still don't get it. {creator} has the note, since {time}. Until somebody comes, these I can "
    "answer:",
    # Reminders
    "reminder_set": "All right, I say so here when {title} opens. In case you are away by then, our page asks where to "
    "reach you.",
    "reminder_set_away": "All right. When {title} opens you hear of it here, or where you told us to reach you.",
    "reminder_refused": "There is no opening to be told of any more. Here is how things stand.",
    "reminder_stopped": "All right, you hear no more of the opening of {title}.",
    # After an order
    "follow_offer": "If you like, each for itself, and only what you tap:",
    "follow_early": "The next capsule, before it opens for everybody",
    "follow_letter": "By e-mail, to {email}",
    "follow_member": "{tier}: costs nothing, ends when you like",
    "follow_letter_terms": "The letter of {creator} goes to {email}, which we ask first: what is being made, and when it can "
    "be had. At most four in 30 days, none between 20:00 and 9:00 where you are. One tap stops it.",
    "follow_benefits": "{tier}: {benefits}.",
    "follow_early_done": "Early access: you may buy in the members' minutes of {creator}'s next drop.",
    "follow_letter_done": "The letter comes to {email} once that mailbox says yes. We ask it by mail, unless it was asked "
    "before.",
    "follow_member_done": "Membership: you are a member, {tier}.",
    "follow_early_undone": "Your early access is given back.",
    "follow_letter_undone": "No letter comes.",
    "follow_member_undone": "You are no member any more.",
    "follow_letter_often": "{email} had several mails from us today. Please look for the last one there.",
    "follow_letter_unusable": "We cannot write to {email}. The page of your order takes another address.",
    "follow_gone": "That is not to be had any more.",
    "follow_over": "All right, that is all.",
    "b_follow_early": "Early access",
    "b_follow_letter": "The letter",
    "b_follow_member": "Become a member",
    "b_unfollow_early": "Undo early access",
    "b_unfollow_letter": "Undo the letter",
    "b_unfollow_member": "Undo membership",
    "b_no_follow": "No, thanks",
    "b_remind": "Remind me",
    "b_remind_away": "If I am away",
    "b_stop_reminding": "Stop",
    "intent_remind": "Remind me",
}


def sentence(key: str, locale: str, **values: object) -> str:
    """Return a sentence with its blanks filled in, in the language of a locale or else in English."""
    template = SENTENCES[key]
    words = _words(locale)
    if isinstance(template, str):
        said = words.gettext(template).format(**values)
    else:
        said = words.ngettext(*template, int(str(values["n"]))).format(**values)
    # "Bis Mi. 2. Dez." ends a sentence by itself.
    return _TWO_STOPS.sub(".", said)


def speaks(locale: str) -> bool:
    """Whether the sentences are translated into the language of a locale."""
    return isinstance(_words(locale), gettext.GNUTranslations)


@cache
def _words(locale: str) -> gettext.NullTranslations:
    languages = [locale, locale.split("_")[0]]
    return gettext.translation("chat", localedir=str(LOCALES), languages=languages, fallback=True)
