from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("drops", "0036_several_refunds")]

    operations = [
        # Going back drops the columns that were filled.
        migrations.RunSQL((_HERE / "fill_several_refunds.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL((_HERE / "refund_totals.sql").read_text(), (_HERE / "refund_totals_undo.sql").read_text()),
    ]
