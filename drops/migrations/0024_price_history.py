from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

_HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("drops", "0023_fill_counted_by")]

    operations = [
        migrations.AddField(
            model_name="sku",
            name="announces_reduction",
            field=models.BooleanField(
                default=False,
                help_text="Strike through the lowest price of the 30 days before, "
                "where the price history bears a reduction out.",
            ),
        ),
        migrations.CreateModel(
            name="SkuPrice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("price_minor", models.PositiveIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("from_at", models.DateTimeField()),
                (
                    "sku",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="price_history",
                        to="drops.sku",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["sku", "from_at"], name="price_history_of_sku")]},
        ),
        migrations.RunSQL(
            (_HERE / "price_history.sql").read_text(), (_HERE / "price_history_undo.sql").read_text()
        ),
    ]
