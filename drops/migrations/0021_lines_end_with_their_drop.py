"""No unit is kept for a line whose drop is over, whether or not anybody has written that down."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("drops", "0020_short_answers")]

    operations = [migrations.RunSQL((_HERE / "waiting_units.sql").read_text(), migrations.RunSQL.noop)]
