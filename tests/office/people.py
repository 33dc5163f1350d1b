"""The cast of the office's tests: two shops, and who works where."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.test import Client

from drops.catalog.creators import add_member
from drops.catalog.models import Creator, MemberRole


def make_person(
    name: str, *, creator: Creator | None = None, role: MemberRole = MemberRole.OWNER, **given: Any
) -> User:
    person = get_user_model().objects.create_user(name, password="secret-enough", is_staff=True, **given)
    if creator is not None:
        add_member(creator=creator, user=person, role=role)
    return person


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client
