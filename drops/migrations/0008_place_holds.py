"""The claim as one function in the database, in plain SQL with its reasons beside it."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("drops", "0007_pools_required")]

    operations = [
        migrations.RunSQL((_HERE / "place_holds.sql").read_text(), (_HERE / "place_holds_undo.sql").read_text())
    ]
