"""The database's clock, the ledger's balance and what is append-only, in plain SQL with its reasons beside it."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("drops", "0001_initial")]

    operations = [
        migrations.RunSQL((_HERE / "functions.sql").read_text(), (_HERE / "functions_undo.sql").read_text())
    ]
