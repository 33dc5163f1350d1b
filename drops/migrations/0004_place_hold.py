"""The claim as one function in the database, in plain SQL with its reasons beside it."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("drops", "0003_audit_link")]

    operations = [
        migrations.RunSQL((_HERE / "place_hold.sql").read_text(), (_HERE / "place_hold_undo.sql").read_text())
    ]
