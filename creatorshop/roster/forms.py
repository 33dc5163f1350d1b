from __future__ import annotations

from datetime import UTC, date, datetime

from django import forms
from django.http import QueryDict

from drops.errors import Invalid


class WrongForm(Invalid):
    code = "wrong_form"


class EnterForm(forms.Form):
    name = forms.CharField(max_length=40, required=False, strip=True)


class HandOverForm(forms.Form):
    """A tap on a row names a pickup; a scan or typed code names its code."""

    pickup = forms.RegexField(r"^[0-9a-f]{32}$", required=False)
    code = forms.CharField(max_length=40, required=False)
    nonce = forms.RegexField(r"^[0-9A-Za-z:_-]{8,64}$")
    # Milliseconds since 1970 by the telephone's clock, when it had to wait for the network.
    happened_at = forms.IntegerField(min_value=0, max_value=250_000_000_000_000, required=False)

    def happened(self) -> datetime | None:
        milliseconds = self.cleaned_data["happened_at"]
        return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


class UndoForm(forms.Form):
    pickup = forms.RegexField(r"^[0-9a-f]{32}$")
    nonce = forms.RegexField(r"^[0-9A-Za-z:_-]{8,64}$")


class PhotoForm(forms.Form):
    photo = forms.FileField()
    nonce = forms.RegexField(r"^[0-9A-Za-z:_-]{8,64}$")


def insist_on(form: forms.Form) -> None:
    """
    Refuse a form that our own pages do not send.

    :raises WrongForm: if it is not valid.
    """
    if not form.is_valid():
        raise WrongForm("That could not be understood. Please try again.", fields=sorted(form.errors))


def asked_day(query: QueryDict) -> date | None:
    """Return the day that an address asks for, or None if it asks for none or for nonsense."""
    try:
        return date.fromisoformat(query.get("day", ""))
    except ValueError:
        return None


def asked_slot(query: QueryDict) -> str:
    """Return the slot that an address or a form asks for, or nothing if it cannot be one."""
    ref = query.get("slot", "")
    return ref if ref.isalnum() and len(ref) <= 12 else ""
