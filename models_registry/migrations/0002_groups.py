"""The groups that rights are usually given through."""

from django.db import migrations

GROUPS = {
    "Registrars": ["register_model"],
    "Public registrars": ["register_model", "register_public_model"],
    "Enterprise registrars": ["register_model", "register_enterprise_model"],
    "Enterprise viewers": ["view_enterprise_model"],
    "Maintainers": [
        "change_public_model",
        "delete_public_model",
        "expire_public_model",
        "update_catalogue",
    ],
    "Enterprise maintainers": [
        "view_enterprise_model",
        "change_enterprise_model",
        "delete_enterprise_model",
        "expire_enterprise_model",
    ],
    "Reviewers": ["view_review_list", "review_model"],
}


def create_groups(apps, schema_editor):
    """Make the groups. Django creates permissions after all migrations, so they are made here.

    An existing group of the same name keeps what it has and gains what it lacks.
    """
    alias = schema_editor.connection.alias if schema_editor is not None else "default"
    Permission = apps.get_model("auth", "Permission")
    model = apps.get_model("models_registry", "RegisteredModel")
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.using(
        alias
    ).get_or_create(app_label="models_registry", model="registeredmodel")
    names = dict(model._meta.permissions)
    for group_name, codenames in GROUPS.items():
        group, _ = apps.get_model("auth", "Group").objects.using(alias).get_or_create(
            name=group_name
        )
        for codename in codenames:
            permission, _ = Permission.objects.using(alias).get_or_create(
                content_type=content_type,
                codename=codename,
                defaults={"name": names[codename]},
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("models_registry", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    # Undoing leaves the groups: people are in them by now.
    operations = [migrations.RunPython(create_groups, migrations.RunPython.noop)]
