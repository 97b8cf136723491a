"""Who set each expiry, out of the audit log; where that was upstream's removal, a row says so."""

from django.db import migrations


def tell_people_from_upstream(apps, schema_editor):
    """Until now an expiry did not say whether a person had set it, or upstream's removal."""
    registered_model = apps.get_model("models_registry", "RegisteredModel")
    removal = apps.get_model("models_registry", "UpstreamRemoval")
    entries = apps.get_model("hub", "AuditEntry").objects.filter(
        tag="registry:model:expiry", target_type="models_registry.registeredmodel"
    )
    expiring = registered_model.objects.filter(expires_at__isnull=False)
    for model in expiring.select_related("published_revision").iterator():
        last = entries.filter(target_id=str(model.pk)).order_by("-created_at", "-pk").first()
        if last is None:
            continue
        if last.actor_name:
            model.expiry_by = last.actor_name
            model.save(update_fields=["expiry_by"])
        elif last.data.get("source") and last.data.get("after") == model.expires_at.isoformat():
            published = model.published_revision
            removal.objects.create(
                model=model,
                state="expired",
                text=published.definition if published is not None else "",
                layout="split",
                path=f"xinference/model/{model.model_type}/models/{model.name}.json",
                source=str(last.data["source"])[:300],
                found_at=last.created_at,
                expired_at=model.expires_at,
            )


def look_at_everything_again(apps, schema_editor):
    """Upstream's schemas were never read: without this, only the next change there would do it."""
    apps.get_model("models_registry", "UpstreamPath").objects.filter(
        path="xinference/model"
    ).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("models_registry", "0012_upstream_state"),
        ("hub", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(tell_people_from_upstream, migrations.RunPython.noop),
        migrations.RunPython(look_at_everything_again, migrations.RunPython.noop),
    ]
