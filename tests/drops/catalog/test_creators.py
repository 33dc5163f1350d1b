import pytest
from django.contrib.auth.models import AnonymousUser, User

from drops.catalog.creators import Work, add_member, creators_of, may
from drops.catalog.models import CreatorMember, MemberRole
from tests.factories import make_creator

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    creator = make_creator()
    people = {role: User.objects.create_user(str(role)) for role in MemberRole}
    for role, user in people.items():
        add_member(creator=creator, user=user, role=role)
    return creator, people


@pytest.mark.parametrize(
    ("role", "works"),
    [
        (MemberRole.OWNER, set(Work)),
        (MemberRole.HELPER, {Work.SEE, Work.CATALOG, Work.DROPS, Work.ORDERS, Work.PACK}),
        (MemberRole.PACKER, {Work.SEE, Work.PACK}),
    ],
)
def test_each_role_may_do_its_work_and_no_other(cast, role, works):
    creator, people = cast

    assert {work for work in Work if may(user=people[role], creator=creator, work=work)} == works


def test_a_member_of_one_shop_is_a_stranger_in_another(cast):
    creator, people = cast
    other = make_creator()

    assert list(creators_of(people[MemberRole.OWNER])) == [creator]
    assert not any(may(user=people[MemberRole.OWNER], creator=other, work=work) for work in Work)


def test_strangers_the_logged_out_and_the_dismissed_see_nothing(cast):
    creator, people = cast
    dismissed = people[MemberRole.OWNER]
    dismissed.is_active = False
    dismissed.save()

    for nobody in (User.objects.create_user("stranger"), AnonymousUser(), dismissed):
        assert list(creators_of(nobody)) == []
        assert not any(may(user=nobody, creator=creator, work=work) for work in Work)


def test_the_operator_may_do_everything_everywhere(cast):
    creator, _ = cast
    operator = User.objects.create_superuser("operator")

    assert creator in creators_of(operator)
    assert all(may(user=operator, creator=creator, work=work) for work in Work)


def test_a_member_who_is_added_again_takes_the_new_role_and_is_still_one(cast):
    creator, people = cast

    add_member(creator=creator, user=people[MemberRole.PACKER], role=MemberRole.HELPER)

    assert CreatorMember.objects.get(creator=creator, user=people[MemberRole.PACKER]).role == MemberRole.HELPER
    assert CreatorMember.objects.filter(creator=creator).count() == 3
