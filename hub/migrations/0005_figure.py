from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hub', '0004_webhooks'),
    ]

    operations = [
        migrations.CreateModel(
            name='Figure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('label', models.CharField(blank=True, max_length=120)),
                ('value', models.FloatField(default=0)),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('name', 'label'), name='one_row_for_each_figure')],
            },
        ),
    ]
