from datetime import timedelta

import pytest

from pickups.models import RosterAct, RosterActKind, RosterDevice, RosterRole
from pickups.roster import (
    DeviceUnknown,
    LinkEnded,
    device_of,
    leave,
    let_in,
    link_of,
    new_link,
    revoke_device,
    revoke_link,
)
from tests.factories import NOON
from tests.pickups.factories import make_cafe, token_of

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def link():
    return new_link(location=make_cafe(), role=RosterRole.SCAN, expires_at=NOON + DAY, now=NOON, label="Mira's counter")


def test_the_address_is_known_only_once(link):
    token = token_of(link.url)

    assert link.url.endswith(f"/roster/l/{token}/")
    assert token not in str(vars(link.link))


def test_a_telephone_without_a_name_goes_by_its_links(link):
    device, _ = let_in(token=token_of(link.url), label=" ", now=NOON)

    assert str(device) == "Mira's counter"


def test_looking_at_a_link_burns_nothing(link):
    for _ in range(3):
        assert link_of(token=token_of(link.url), now=NOON) == link.link

    assert RosterDevice.objects.count() == 0


def test_a_link_lets_in_with_its_own_place_and_role(link):
    device, secret = let_in(token=token_of(link.url), label="  Mira\n Prata ", now=NOON)

    assert (device.location, device.role, device.label) == (link.link.location, RosterRole.SCAN, "Mira Prata")
    assert device_of(secret=secret, now=NOON) == device
    assert list(RosterAct.objects.values_list("device", "kind")) == [(device.pk, RosterActKind.ENTERED)]


@pytest.mark.parametrize(
    ("lasts", "stays"),
    [
        (timedelta(hours=1), timedelta(hours=12)),
        (timedelta(days=3), timedelta(days=3)),
        (timedelta(days=90), timedelta(days=30)),
    ],
)
def test_a_telephone_stays_in_12_hours_to_30_days(lasts, stays):
    link = new_link(location=make_cafe(), role=RosterRole.SCAN, expires_at=NOON + lasts, now=NOON)

    device, secret = let_in(token=token_of(link.url), label="", now=NOON)

    assert device.expires_at == NOON + stays
    with pytest.raises(DeviceUnknown):
        device_of(secret=secret, now=NOON + stays)


def test_an_expired_link_lets_nobody_in(link):
    for token in (token_of(link.url), "never-was"):
        with pytest.raises(LinkEnded):
            let_in(token=token, label="", now=NOON + DAY)

    assert RosterDevice.objects.count() == 0


def test_a_revoked_link_ends_its_telephones_too(link):
    _, secret = let_in(token=token_of(link.url), label="", now=NOON)

    revoke_link(link_id=link.link.pk, now=NOON)

    with pytest.raises(DeviceUnknown):
        device_of(secret=secret, now=NOON)
    with pytest.raises(LinkEnded):
        let_in(token=token_of(link.url), label="", now=NOON)


def test_one_telephone_can_be_ended_and_the_others_stay(link):
    lost, lost_secret = let_in(token=token_of(link.url), label="", now=NOON)
    kept, kept_secret = let_in(token=token_of(link.url), label="", now=NOON)

    revoke_device(device_id=lost.pk, now=NOON)

    with pytest.raises(DeviceUnknown):
        device_of(secret=lost_secret, now=NOON)
    assert device_of(secret=kept_secret, now=NOON) == kept


def test_a_telephone_can_leave_by_itself(link):
    device, secret = let_in(token=token_of(link.url), label="", now=NOON)

    leave(device=device, now=NOON)

    with pytest.raises(DeviceUnknown):
        device_of(secret=secret, now=NOON)
