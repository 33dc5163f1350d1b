"""The line of those who wait for units, and the functions by which the claim minds it."""

from pathlib import Path

import django.db.models.deletion
import drops.refs
from django.db import migrations, models

_HERE = Path(__file__).parent


class Migration(migrations.Migration):

    dependencies = [
        ('drops', '0010_lapse_holds'),
    ]

    operations = [
        migrations.CreateModel(
            name='WaitlistEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.CharField(default=drops.refs.new_ref, editable=False, max_length=32, unique=True)),
                ('quantity', models.PositiveSmallIntegerField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('passed', 'Passed over'), ('offered', 'Offered'), ('taken', 'Taken'), ('declined', 'Declined'), ('lapsed', 'Offer lapsed'), ('left', 'Left the line'), ('removed', 'Taken out of line'), ('over', 'Over')], default='waiting', max_length=8)),
                ('comes_first', models.BooleanField(default=False, help_text='Their late payment went back; they are served first.')),
                ('country', models.CharField(blank=True, max_length=2)),
                ('postcode', models.CharField(blank=True, max_length=16)),
                ('delivery_method', models.CharField(max_length=20)),
                ('delivery_option', models.CharField(max_length=80)),
                ('skips', models.PositiveSmallIntegerField(default=0, help_text='How often somebody behind was served instead.')),
                ('skip_reason', models.CharField(blank=True, help_text="Why, the last time: a refusal's code.", max_length=40)),
                ('looked_at', models.DateTimeField(help_text='When it was last found that it could not be served.', null=True)),
                ('joined_at', models.DateTimeField()),
                ('offered_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('close_reason', models.CharField(blank=True, max_length=60)),
                ('drop_sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waitlist', to='drops.dropsku')),
                ('pool', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='drops.stockpool')),
                ('hold', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='waitlist_entry', to='drops.hold')),
                ('shopper', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waitlist_entries', to='drops.shopper')),
            ],
            options={
                'verbose_name_plural': 'waitlist entries',
                'indexes': [models.Index(models.F('drop_sku'), models.F('pool'), models.OrderBy(models.F('comes_first'), descending=True), models.F('joined_at'), models.F('id'), condition=models.Q(('state__in', ['waiting', 'passed'])), name='waitlist_line')],
                'constraints': [models.CheckConstraint(condition=models.Q(('quantity__gte', 1)), name='waitlist_quantity_positive'), models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'passed', 'offered', 'taken', 'declined', 'lapsed', 'left', 'removed', 'over'])), name='waitlist_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('hold__isnull', False), ('state', 'offered')), models.Q(('state', 'offered'), _negated=True), _connector='OR'), name='waitlist_offer_is_a_hold'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['waiting', 'passed']), _negated=True), ('hold__isnull', True), _connector='OR'), name='waitlist_in_line_holds_nothing'), models.UniqueConstraint(condition=models.Q(('state__in', ['waiting', 'passed', 'offered'])), fields=('shopper', 'drop_sku'), name='one_live_entry_per_shopper_and_sku')],
            },
        ),
        migrations.RunSQL((_HERE / "waitlist.sql").read_text(), (_HERE / "waitlist_undo.sql").read_text()),
        migrations.RunSQL((_HERE / "waiting_units.sql").read_text(), migrations.RunSQL.noop),
    ]
