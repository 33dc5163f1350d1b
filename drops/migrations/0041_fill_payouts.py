from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('drops', '0040_payouts'),
    ]

    operations = [
        migrations.RunSQL(
            (Path(__file__).parent / 'fill_fulfilled_at.sql').read_text(),
            'UPDATE drops_order SET fulfilled_at = NULL',
        ),
    ]
