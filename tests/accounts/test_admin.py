"""Rights in the administration: given without SQL, by those who may, and noted."""

import pytest
from django.contrib.auth.models import Group, Permission

from accounts import closing
from accounts.models import User
from hub.audit import Tag, record
from hub.models import AuditEntry
from models_registry.models import RegisteredModel
from tests.accounts.conftest import PASSWORD
from tests.factories import a_user


@pytest.fixture
def root(db):
    """The administrator."""
    return a_user("root1", is_staff=True, is_superuser=True)


@pytest.fixture
def office(client, root):
    """A browser in which the administrator is signed in."""
    client.force_login(root)
    return client


@pytest.fixture
def clerk(db, client):
    """A browser of a staff member who may change accounts and is not a superuser."""
    user = a_user("clerk", is_staff=True)
    codenames = ["change_user", "view_user", "add_user"]
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    browser = type(client)()
    browser.force_login(user)
    browser.user = user
    return browser


def user_form(user, **changes):
    form = {
        "username": user.username,
        "email": user.email,
        "display_name": user.display_name,
        "organisation": "",
        "bio": "",
        "links": "[]",
        "language": "",
        "is_active": "on",
    }
    return {**form, **changes}


def change_user(browser, user, **changes):
    return browser.post(f"/admin/accounts/user/{user.pk}/change/", user_form(user, **changes))


@pytest.mark.parametrize(
    "page",
    [
        "/admin/",
        "/admin/accounts/user/",
        "/admin/accounts/user/add/",
        "/admin/auth/group/",
        "/admin/hub/auditentry/",
        "/admin/models_registry/registeredmodel/",
    ],
)
def test_the_pages_can_be_read(office, page):
    assert office.get(page).status_code == 200


def test_a_group_is_given_in_the_form_and_noted(office, root, ada):
    group = Group.objects.get(name="Public registrars")
    assert change_user(office, ada, groups=[group.pk]).status_code == 302
    assert User.objects.get(pk=ada.pk).has_perm("models_registry.register_public_model")
    entry = AuditEntry.objects.get(tag=Tag.RIGHTS_CHANGE)
    assert (entry.actor, entry.target_label) == (root, "ada")
    assert entry.data == {"given": ["group Public registrars"], "taken": []}


def test_taking_it_back_is_noted_too(office, ada):
    ada.groups.add(Group.objects.get(name="Reviewers"))
    change_user(office, ada)
    entry = AuditEntry.objects.get(tag=Tag.RIGHTS_CHANGE)
    assert entry.data == {"given": [], "taken": ["group Reviewers"]}


def test_a_group_gets_a_permission_and_that_is_noted(office):
    group = Group.objects.get(name="Reviewers")
    permission = Permission.objects.get(codename="view_enterprise_model")
    held = [p.pk for p in group.permissions.all()]
    data = {"name": group.name, "permissions": [*held, permission.pk]}
    office.post(f"/admin/auth/group/{group.pk}/change/", data)
    entry = AuditEntry.objects.get(tag=Tag.RIGHTS_CHANGE)
    assert entry.data == {"given": ["view_enterprise_model"], "taken": []}


def test_only_rights_that_mean_something_are_offered(office, ada):
    page = office.get(f"/admin/accounts/user/{ada.pk}/change/").content.decode()
    assert "Can decide reviews" in page
    assert "Can see this model" not in page
    assert "Can delete session" not in page


class TestRightsOnOneModel:
    """Given on the model's own page."""

    @pytest.fixture
    def model(self, db):
        return RegisteredModel.objects.create(
            model_type="llm", name="special", name_key="special", visibility="enterprise"
        )

    def form(self, kind, **row):
        found = {}
        for prefix in (
            "registeredmodeluserobjectpermission_set",
            "registeredmodelgroupobjectpermission_set",
        ):
            mine = kind in prefix
            found |= {f"{prefix}-TOTAL_FORMS": int(mine), f"{prefix}-INITIAL_FORMS": 0}
            if mine:
                found |= {f"{prefix}-0-{name}": value for name, value in row.items()}
        return found

    def test_a_person_gets_a_right_on_one_model_alone(self, office, ada, model):
        right = Permission.objects.get(codename="view_model")
        data = self.form("user", user=ada.pk, permission=right.pk)
        url = f"/admin/models_registry/registeredmodel/{model.pk}/change/"
        assert office.post(url, data).status_code == 302
        ada = User.objects.get(pk=ada.pk)
        assert ada.has_perm("models_registry.view_model", model)
        other = RegisteredModel.objects.create(
            model_type="llm", name="other", name_key="other", visibility="enterprise"
        )
        assert list(RegisteredModel.objects.visible_to(ada)) == [model]
        assert not ada.has_perm("models_registry.view_model", other)
        entry = AuditEntry.objects.get(tag=Tag.RIGHTS_CHANGE)
        assert (entry.target_label, entry.data["given"]) == ("llm/special", ["ada: view_model"])

    def test_a_group_gets_it_as_well(self, office, ada, model):
        group = Group.objects.create(name="Partners")
        ada.groups.add(group)
        right = Permission.objects.get(codename="change_model")
        data = self.form("group", group=group.pk, permission=right.pk)
        office.post(f"/admin/models_registry/registeredmodel/{model.pk}/change/", data)
        assert User.objects.get(pk=ada.pk).has_perm("models_registry.change_model", model)
        assert AuditEntry.objects.get(tag=Tag.RIGHTS_CHANGE).data["given"] == [
            "group Partners: change_model"
        ]

    def test_the_page_offers_the_four_rights_and_changes_nothing_else(self, office, model):
        url = f"/admin/models_registry/registeredmodel/{model.pk}/change/"
        page = office.get(url).content.decode()
        assert "Can set the expiry of this model" in page
        assert "Can decide reviews" not in page
        office.post(url, {**self.form("none"), "visibility": "public", "name": "stolen"})
        model.refresh_from_db()
        assert (model.name, model.visibility) == ("special", "enterprise")
        assert office.get("/admin/models_registry/registeredmodel/add/").status_code == 403
        assert office.post(url.replace("change", "delete")).status_code == 403

    def test_staff_who_are_no_superusers_do_not_see_models_there(self, clerk, model):
        url = f"/admin/models_registry/registeredmodel/{model.pk}/change/"
        assert clerk.get(url).status_code == 403
        assert clerk.get("/admin/models_registry/registeredmodel/").status_code == 403


class TestNoEscalation:
    """Staff who may change accounts get no further than that."""

    def test_a_clerk_gives_himself_nothing(self, clerk):
        for changes in ({"is_superuser": "on"}, {"groups": [1]}, {"is_staff": "on"}):
            change_user(clerk, clerk.user, **changes)
        clerk.user.refresh_from_db()
        assert not clerk.user.is_superuser
        assert not clerk.user.groups.exists()

    def test_a_clerk_gives_others_nothing(self, clerk, ada):
        rights = {
            "is_superuser": "on",
            "is_staff": "on",
            "groups": [Group.objects.first().pk],
            "user_permissions": [Permission.objects.get(codename="review_model").pk],
        }
        change_user(clerk, ada, **rights)
        ada.refresh_from_db()
        assert not ada.is_superuser
        assert not ada.is_staff
        assert not ada.groups.exists()
        assert not ada.user_permissions.exists()

    def test_a_clerk_takes_over_no_account(self, clerk, ada):
        before = (ada.username, ada.email, ada.password)
        change_user(clerk, ada, username="mine", email="clerk2@example.org", password="x")
        new = {"password1": "staple battery horse", "password2": "staple battery horse"}
        assert clerk.get(f"/admin/accounts/user/{ada.pk}/password/").status_code == 403
        assert clerk.post(f"/admin/accounts/user/{ada.pk}/password/", new).status_code == 403
        ada.refresh_from_db()
        assert (ada.username, ada.email, ada.password) == before

    def test_a_clerk_locks_and_unlocks_ordinary_accounts_only(self, clerk, ada, root):
        change_user(clerk, ada, is_active="")
        ada.refresh_from_db()
        assert not ada.is_active
        assert change_user(clerk, root, is_active="").status_code == 403
        root.refresh_from_db()
        assert root.is_active

    def test_a_clerk_touches_no_groups_and_deletes_nobody(self, clerk, ada):
        clerk.user.user_permissions.add(*Permission.objects.filter(codename__endswith="_group"))
        group = Group.objects.get(name="Reviewers")
        url = f"/admin/auth/group/{group.pk}/change/"
        assert clerk.post(url, {"name": "Mine"}).status_code == 403
        assert clerk.post(f"/admin/accounts/user/{ada.pk}/delete/").status_code == 403

    def test_an_account_that_a_clerk_adds_has_no_rights(self, clerk):
        data = {
            "username": "newcomer",
            "email": "n@example.org",
            "usable_password": "true",
            "password1": "staple battery horse",
            "password2": "staple battery horse",
            "is_superuser": "on",
            "groups": [Group.objects.first().pk],
        }
        assert clerk.post("/admin/accounts/user/add/", data).status_code == 302
        made = User.objects.get(username="newcomer")
        assert not made.is_superuser
        assert not made.is_staff
        assert not made.groups.exists()


class TestAccountsInTheAdministration:
    """What superusers do with accounts."""

    def test_deleting_one_closes_it(self, office, ada):
        office.post(f"/admin/accounts/user/{ada.pk}/delete/", {"post": "yes"})
        assert not User.objects.filter(pk=ada.pk).exists()
        assert AuditEntry.objects.filter(tag=Tag.ACCOUNT_CLOSE, target_label="ada").exists()

    def test_the_last_administrator_is_not_deleted(self, office, root):
        office.post(f"/admin/accounts/user/{root.pk}/delete/", {"post": "yes"})
        assert User.objects.filter(pk=root.pk).exists()
        assert closing.notices(root)

    def test_a_password_set_there_is_noted_and_works(self, office, ada, client):
        new = {
            "usable_password": "true",
            "password1": "staple battery horse",
            "password2": "staple battery horse",
        }
        office.post(f"/admin/accounts/user/{ada.pk}/password/", new)
        ada.refresh_from_db()
        assert ada.check_password("staple battery horse")
        assert AuditEntry.objects.filter(tag=Tag.PASSWORD_CHANGE, target_label="ada").exists()

    def test_two_accounts_with_one_address_are_refused_in_words(self, office, ada):
        a_user("bob")
        answer = change_user(office, ada, email="BOB@example.org")
        assert b"Another account has this e-mail address" in answer.content


class TestAuditLog:
    """Read, filtered, never changed."""

    @pytest.fixture
    def entries(self, root, ada):
        record(Tag.SIGN_IN, by=ada, target=ada)
        record(Tag.CATALOGUE_IMPORT, by=root, note="<script>alert(1)</script>")

    def test_it_is_filtered_by_person_action_and_words(self, office, ada, entries):
        def shown(query):
            page = office.get(f"/admin/hub/auditentry/?{query}").content.decode()
            table = page.partition('id="result_list"')[2].partition("</table>")[0]
            return {tag for tag in ("session:begin", "catalogue:import") if tag in table}

        assert shown("") == {"session:begin", "catalogue:import"}
        assert shown(f"actor__id__exact={ada.pk}") == {"session:begin"}
        assert shown("what=registry:catalogue:") == {"catalogue:import"}
        assert shown("what=accounts:session:begin") == {"session:begin"}
        assert shown("q=ada") == {"session:begin"}

    def test_an_entry_shows_its_data_as_text(self, office, entries):
        entry = AuditEntry.objects.get(tag=Tag.CATALOGUE_IMPORT)
        page = office.get(f"/admin/hub/auditentry/{entry.pk}/change/").content.decode()
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert(1)" not in page

    def test_nobody_adds_changes_or_deletes_entries(self, office, entries):
        entry = AuditEntry.objects.first()
        base = "/admin/hub/auditentry"
        assert office.get(f"{base}/add/").status_code == 403
        assert office.post(f"{base}/{entry.pk}/change/", {"tag": "x"}).status_code == 403
        assert office.post(f"{base}/{entry.pk}/delete/", {"post": "yes"}).status_code == 403
        data = {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"}
        office.post(f"{base}/", data)
        assert AuditEntry.objects.filter(pk=entry.pk, tag=entry.tag).exists()


def test_the_administration_has_no_sign_in_of_its_own(client, ada):
    client.post("/admin/login/", {"username": "ada", "password": PASSWORD})
    assert client.get("/user-center").status_code == 302


def test_people_without_staff_rights_are_refused(signed_in):
    assert signed_in.get("/admin/", follow=True).status_code == 403


def test_the_password_is_changed_in_the_user_center(office):
    assert office.get("/admin/password_change/")["Location"] == "/accounts/password/change/"


def test_groups_say_in_words_what_they_allow(office, ada):
    reviewers = Group.objects.get(name="Reviewers")
    ada.groups.add(reviewers)
    listed = office.get("/admin/auth/group/").content.decode()
    assert "Can decide reviews" in listed
    assert "Can publish public models without review" in listed
    page = office.get(f"/admin/auth/group/{reviewers.pk}/change/").content.decode()
    assert "<div>Can decide reviews</div>" in page
