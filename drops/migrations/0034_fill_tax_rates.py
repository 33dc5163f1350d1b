"""The rates that the shop begins with. Creators keep the rate they had as their own, so no price changes by this."""

from datetime import date

from django.db import migrations


def fill(apps, schema_editor):
    from drops.catalog.tax_sources import rates_to_begin_with

    rates = apps.get_model("drops", "TaxRate")
    rates.objects.bulk_create(rates(**row) for row in rates_to_begin_with(valid_from=date(2026, 1, 1)))


class Migration(migrations.Migration):
    dependencies = [("drops", "0033_tax_rates")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
