"""Models whose first proposal was rejected or withdrawn give their name back."""

from django.db import migrations

OPEN = ("proposed", "changes_requested")


def release(apps, schema_editor):
    """Give each a key that no name has; `publication.released_key` does it from now on."""
    models = apps.get_model("models_registry", "RegisteredModel").objects
    closed = models.filter(published_revision__isnull=True, revisions__isnull=False)
    for model in closed.exclude(revisions__state__in=OPEN).distinct().only("pk", "name_key"):
        if "#" not in model.name_key:
            model.name_key = f"{model.name_key[:180]}#{model.pk}"
            model.save(update_fields=["name_key"])


class Migration(migrations.Migration):
    dependencies = [("models_registry", "0009_change_reasons")]

    operations = [migrations.RunPython(release, migrations.RunPython.noop, elidable=True)]
