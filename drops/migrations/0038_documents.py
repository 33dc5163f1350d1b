from pathlib import Path

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


_HERE = Path(__file__).parent


class Migration(migrations.Migration):

    dependencies = [
        ('drops', '0037_fill_several_refunds'),
    ]

    operations = [
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('series', models.CharField(choices=[('sales', 'Receipts and invoices'), ('credit_notes', 'Credit notes')], max_length=12)),
                ('year', models.PositiveSmallIntegerField(help_text="Of the day of issue, in the creator's time zone.")),
                ('number', models.PositiveIntegerField()),
                ('reference', models.CharField(help_text='The number as it is printed.', max_length=32)),
                ('kind', models.CharField(choices=[('receipt', 'Receipt'), ('invoice', 'Invoice'), ('credit_note', 'Credit note')], max_length=12)),
                ('data', models.JSONField(help_text='Everything that is printed: see drops/documents/contents.py.')),
                ('hash', models.CharField(help_text='SHA-256 of the data.', max_length=64)),
                ('issued_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='DocumentCounter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('series', models.CharField(choices=[('sales', 'Receipts and invoices'), ('credit_notes', 'Credit notes')], max_length=12)),
                ('year', models.PositiveSmallIntegerField()),
                ('last', models.PositiveIntegerField(default=0)),
                ('last_at', models.DateTimeField(help_text='So that a higher number is never older.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='DocumentPrint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.BinaryField()),
                ('content_hash', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Seller',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('legal_name', models.CharField(blank=True, help_text='Of the person or company that sells, as it is registered.', max_length=120)),
                ('street', models.CharField(blank=True, help_text='With the number of the house.', max_length=120)),
                ('postcode', models.CharField(blank=True, max_length=16)),
                ('city', models.CharField(blank=True, max_length=80)),
                ('country', models.CharField(blank=True, max_length=2, validators=[django.core.validators.RegexValidator('^[A-Z]{2}$', 'Write a country like PT.')])),
                ('email', models.EmailField(blank=True, help_text='For questions about an invoice.', max_length=254)),
                ('vat_id', models.CharField(blank=True, help_text='With its country: PT501442600.', max_length=20, verbose_name='VAT number')),
                ('tax_number', models.CharField(blank=True, help_text='From your tax office, where you have no VAT number.', max_length=30, validators=[django.core.validators.RegexValidator('^[0-9A-Z][0-9A-Z /.\\-]{3,28}[0-9A-Z]$', 'Digits, capitals, blanks and / . - only.')])),
                ('is_exempt', models.BooleanField(default=False, help_text='Prices contain no VAT then, and invoices say why.', verbose_name='small business, exempt from VAT')),
                ('exemption_note', models.CharField(blank=True, help_text='The sentence that your law asks for, like: No VAT is shown, under section 19 of the German VAT act (UStG).', max_length=250)),
                ('register_line', models.CharField(blank=True, help_text='Like: Amtsgericht Berlin, HRB 12345 B. Managing director: Ana Weiß.', max_length=160)),
                ('prefix', models.CharField(blank=True, help_text='KT makes KT-2026-0001. Numbers go on counting when it changes.', max_length=8, validators=[django.core.validators.RegexValidator('^[A-Z0-9]*$', 'Capitals and digits only.')], verbose_name='prefix of numbers')),
                ('language', models.CharField(choices=[('en', 'English'), ('de', 'Deutsch'), ('fr', 'Français'), ('es', 'Español'), ('ar', 'العربية')], default='en', help_text='Of documents for shoppers whose own language we do not print.', max_length=2)),
            ],
            options={
                'verbose_name': 'seller',
            },
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['paid_at'], name='order_by_payment'),
        ),
        migrations.AddField(
            model_name='document',
            name='creator',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='drops.creator'),
        ),
        migrations.AddField(
            model_name='document',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='drops.order'),
        ),
        migrations.AddField(
            model_name='document',
            name='refund',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='drops.refund'),
        ),
        migrations.AddField(
            model_name='documentcounter',
            name='creator',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='drops.creator'),
        ),
        migrations.AddField(
            model_name='documentprint',
            name='document',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='print', to='drops.document'),
        ),
        migrations.AddField(
            model_name='seller',
            name='creator',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='seller', to='drops.creator'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(models.F('creator'), models.F('issued_at'), name='document_by_day'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.UniqueConstraint(fields=('creator', 'series', 'year', 'number'), name='document_number_once'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.UniqueConstraint(fields=('creator', 'reference'), name='document_reference_once'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.UniqueConstraint(condition=models.Q(('refund', None)), fields=('order', 'kind'), name='document_once_per_order'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.UniqueConstraint(condition=models.Q(('refund__isnull', False)), fields=('refund',), name='document_once_per_refund'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['receipt', 'invoice']), ('refund__isnull', True), ('series', 'sales')), models.Q(('kind', 'credit_note'), ('refund__isnull', False), ('series', 'credit_notes')), _connector='OR'), name='document_kind_fits_series'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='document_numbers_begin_at_one'),
        ),
        migrations.AddConstraint(
            model_name='documentcounter',
            constraint=models.UniqueConstraint(fields=('creator', 'series', 'year'), name='counter_once_per_series'),
        ),
        migrations.AddConstraint(
            model_name='documentcounter',
            constraint=models.CheckConstraint(condition=models.Q(('series__in', ['sales', 'credit_notes'])), name='counter_series_known'),
        ),
        migrations.AddConstraint(
            model_name='seller',
            constraint=models.CheckConstraint(condition=models.Q(('is_exempt', False), models.Q(('exemption_note', ''), _negated=True), _connector='OR'), name='seller_exempt_says_why', violation_error_message='Write the sentence that says why there is no VAT.'),
        ),
        migrations.AddConstraint(
            model_name='seller',
            constraint=models.CheckConstraint(condition=models.Q(('language__in', ['en', 'de', 'fr', 'es', 'ar'])), name='seller_language_known'),
        ),
        migrations.RunSQL((_HERE / "documents.sql").read_text(), (_HERE / "documents_undo.sql").read_text()),
    ]
