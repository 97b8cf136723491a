from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('models_registry', '0020_beyond_public'),
    ]

    operations = [
        migrations.AddField(
            model_name='upstreamfile',
            name='valid_by',
            field=models.CharField(blank=True, db_default='', default='', max_length=32),
        ),
    ]
