"""A poster outlives what it is of, so that its file is found again."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('storefront', '0003_posters_are_kept_a_while'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='poster',
            name='poster_of_one_thing',
        ),
        migrations.AlterField(
            model_name='poster',
            name='capsule',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='posters', to='drops.capsule'),
        ),
        migrations.AlterField(
            model_name='poster',
            name='creator',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='posters', to='drops.creator'),
        ),
        migrations.AlterField(
            model_name='poster',
            name='product',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='posters', to='drops.product'),
        ),
        migrations.AddConstraint(
            model_name='poster',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('capsule__isnull', True), ('product__isnull', True)), models.Q(('creator__isnull', True), ('product__isnull', True)), models.Q(('capsule__isnull', True), ('creator__isnull', True)), _connector='OR'), name='poster_of_one_thing_at_most'),
        ),
    ]
