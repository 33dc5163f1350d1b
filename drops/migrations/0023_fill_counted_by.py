"""Holds from before the claim wrote it down are counted by the places that they have, and always by their account."""

from django.db import migrations

from drops.audience.identities import key_of


def fill(apps, schema_editor):
    Hold, LimitSlot = apps.get_model("drops", "Hold"), apps.get_model("drops", "LimitSlot")
    # The others are over: nobody asks again what they were counted by.
    may_be_paid = Hold.objects.filter(state__in=["held", "paying", "expired"], counted_by=[])
    for hold in may_be_paid.select_related("shopper").iterator():
        places = LimitSlot.objects.filter(hold=hold).values_list("kind", "key_hash").distinct()
        hold.counted_by = [list(one) for one in {*places, ("account", key_of(identity=hold.shopper.ref))}]
        hold.save(update_fields=["counted_by"])


class Migration(migrations.Migration):
    dependencies = [("drops", "0022_claim_says_whom_it_counts")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
