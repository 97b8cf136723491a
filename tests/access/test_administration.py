"""Who may do what in the administration."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib import admin

from models_registry.catalogue import pinning
from models_registry.models import CatalogueList, UpstreamChange
from tests.access.matrix import (
    DEACTIVATED,
    ON_ACCOUNTS,
    PUBLIC_STAFF,
    REVIEWING_STAFF,
    SEES,
    STAFF,
    sign_in,
    staff,
)

# --- The administration -----------------------------------------------------------------------

# Who sees each of its lists. Nobody else gets more than a refusal from any address below it.
ADMIN: dict[str, set[str]] = {
    "accounts.Invitation": {"superuser"},
    "accounts.User": {"superuser", "staff: view_user", "staff: change_user"},
    "auth.Group": {"superuser"},
    "hub.AuditEntry": {"superuser"},
    "hub.DoctorReport": {"superuser"},
    "models_registry.CatalogueList": {"superuser", *staff("update_catalogue")},
    "models_registry.ListRevision": {"superuser", *staff("update_catalogue")},
    "models_registry.PullRequest": {"superuser", *PUBLIC_STAFF},
    "models_registry.RegisteredModel": {"superuser"},
    "models_registry.UpstreamChange": {"superuser", *PUBLIC_STAFF},
    # These two lead to pages outside of it.
    "reviews.Proposal": {"superuser", *staff("view_review_list")},
    "reviews.SavedReply": {"superuser", *REVIEWING_STAFF},
    "reviews.Review": {"superuser"},
    "reviews.Comment": {"superuser"},
}
LEADS_ELSEWHERE = {"reviews.Proposal", "reviews.SavedReply"}
# Of those who are not staff, two stand for all.
ADMIN_STAFF = [*STAFF, *(f"staff: {right}" for right in ON_ACCOUNTS)]
ADMIN_PEOPLE = ["anonymous", "maintainer", "superuser", *ADMIN_STAFF, DEACTIVATED]


def admin_addresses(model_admin, *, may: bool) -> Iterator[str]:
    """Every address of one list: the list, its search, and the pages of its rows.

    Whoever may not see the list is refused at each row alike: two rows show that.
    """
    options = model_admin.opts
    base = f"/admin/{options.app_label}/{options.model_name}/"
    yield from (base, f"{base}?q=m-", f"{base}add/")
    for count, pk in enumerate(
        model_admin.model._default_manager.values_list("pk", flat=True)[: 8 if may else 2]
    ):
        yield f"{base}{pk}/change/"
        if count < 2:
            yield from (f"{base}{pk}/history/", f"{base}{pk}/delete/")
    for field in options.get_fields():
        if field.many_to_one:
            asked = f"app_label={options.app_label}&model_name={options.model_name}"
            yield f"/admin/autocomplete/?{asked}&field_name={field.name}&term=m"


def test_every_list_of_the_administration_has_a_row():
    assert {model._meta.label for model in admin.site._registry} == set(ADMIN)


@pytest.mark.parametrize("person", ADMIN_PEOPLE)
def test_the_administration_shows_what_the_person_may_see(client, people, models, said, person):
    sign_in(client, people[person])
    is_staff = person == "superuser" or person in ADMIN_STAFF
    assert client.get("/admin/").status_code == (200 if is_staff else 302)
    for model_admin in admin.site._registry.values():
        label = model_admin.opts.label
        may = person in ADMIN[label]
        for address in admin_addresses(model_admin, may=may):
            answer = client.get(address)
            text = answer.content.decode()
            for kind, model in models.items():
                shown = {model.name} & set(text.replace("&quot;", " ").replace("/", " ").split())
                assert person in SEES[kind] or not shown, address
                told = f"verdict-{kind}" in text or f"comment-{kind}" in text
                assert person == "superuser" or not told, address
            # People who may see accounts may choose one, whatever list the field is in.
            may_choose = "autocomplete" in address and person in ADMIN["accounts.User"]
            if not may and not may_choose:
                assert answer.status_code in ({403, 302} if is_staff else {302}), address
        opened = client.get(f"/admin/{label.lower().replace('.', '/')}/")
        leads_away = not is_staff or (may and label in LEADS_ELSEWHERE)
        expected = 302 if leads_away else 200 if may else 403
        assert opened.status_code == expected, label


@pytest.mark.parametrize("person", ADMIN_PEOPLE)
def test_actions_of_the_administration_do_what_the_person_may(client, people, models, said, person):
    sign_in(client, people[person])
    changes = UpstreamChange.objects.order_by("pk")
    chosen = {"_selected_action": [change.pk for change in changes]}
    client.post("/admin/models_registry/upstreamchange/", chosen | {"action": "call_back"})
    kinds = {change.model.name: change.state for change in changes.select_related("model")}
    for kind, model in models.items():
        may = person == "superuser" or (
            person == "staff: change_public_model" and person in SEES[kind]
        )
        assert kinds[model.name] == ("cancelled" if may else "waiting"), kind
    pinning.pin("llm", 1, by=None)
    listed = CatalogueList.objects.get(model_type="llm").pk
    listing = {"_selected_action": [listed], "action": "release", "sure": "1"}
    client.post("/admin/models_registry/cataloguelist/", listing)
    released = not pinning.pinned_lists()
    assert released == (person in ADMIN["models_registry.CatalogueList"])
    for base in ("accounts/user", "auth/group", "reviews/comment", "reviews/review"):
        rows = admin.site.get_model_admin(_model(base)).model._default_manager
        before = set(rows.values_list("pk", flat=True))
        body = {"_selected_action": sorted(before), "action": "delete_selected", "post": "yes"}
        client.post(f"/admin/{base}/", body)
        if person != "superuser":
            assert set(rows.values_list("pk", flat=True)) == before, base


def _model(base: str):
    return next(m for m in admin.site._registry if m._meta.label_lower == base.replace("/", "."))
