"""How long somebody waits after abandoning holds, in plain SQL: the claim asks it in its one round trip."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("drops", "0012_risk")]

    operations = [migrations.RunSQL((_HERE / "cool_down.sql").read_text(), (_HERE / "cool_down_undo.sql").read_text())]
