"""The rules of import that the shop begins with, each with its source."""

from django.db import migrations


def fill(apps, schema_editor):
    from fulfillment.import_sources import rules_to_begin_with

    rules = apps.get_model("fulfillment", "ImportRule")
    rules.objects.bulk_create(rules(**row) for row in rules_to_begin_with())


class Migration(migrations.Migration):
    dependencies = [("fulfillment", "0002_import_rules")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
