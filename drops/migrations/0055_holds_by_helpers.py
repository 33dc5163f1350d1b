"""The claim again: what a helper holds for a shopper says who did it. It cools nobody down who did not take it up."""

from pathlib import Path

from django.db import migrations, models

_HERE = Path(__file__).parent
_UNDO_CLAIM = (_HERE / "place_holds_undo.sql").read_text()
_UNDO_COOL_DOWN = (_HERE / "cool_down_undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("drops", "0054_what_customs_is_told_of_extras")]

    operations = [
        migrations.AlterField(
            model_name="hold",
            name="source",
            field=models.CharField(
                choices=[
                    ("direct", "Direct"),
                    ("admin", "By hand"),
                    ("waitlist", "From the waitlist"),
                    ("helper", "By a helper, for a shopper"),
                ],
                default="direct",
                max_length=8,
            ),
        ),
        migrations.RunSQL(_UNDO_COOL_DOWN, migrations.RunSQL.noop),
        migrations.RunSQL((_HERE / "cool_down.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL(_UNDO_CLAIM, migrations.RunSQL.noop),
        migrations.RunSQL((_HERE / "place_holds.sql").read_text(), migrations.RunSQL.noop),
    ]
