from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reviews', '0008_answers_to_offers'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='comment',
            name='comment_part_known',
        ),
        migrations.AlterField(
            model_name='comment',
            name='part',
            field=models.CharField(choices=[('general', 'The whole proposal'), ('definition', 'Definition'), ('readme', 'README'), ('readme_zh', 'Chinese README')], default='general', max_length=12),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(('part__in', ['general', 'definition', 'readme', 'readme_zh'])), name='comment_part_known'),
        ),
    ]
