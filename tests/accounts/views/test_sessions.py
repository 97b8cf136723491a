"""Sessions of one's own, and ending them."""

import pytest
from allauth.usersessions.models import UserSession

from tests.accounts.conftest import PASSWORD
from tests.factories import a_user


class TestSessions:
    """See and end them."""

    @pytest.fixture
    def browsers(self, ada, client):
        found = [client, type(client)(headers={"user-agent": "Mozilla/5.0 (X11; Linux) Firefox/1"})]
        for browser in found:
            browser.post("/signin", {"login": "ada", "password": PASSWORD})
        return found

    def test_one_session_can_be_ended_from_another(self, browsers, ada):
        first, second = browsers
        assert b"Firefox, Linux" in first.get("/accounts/sessions/").content
        other = UserSession.objects.filter(user=ada).latest("pk")
        first.post(f"/user-center/session/{other.pk}/end")
        assert second.get("/user-center").status_code == 302
        assert first.get("/user-center").status_code == 200

    def test_all_others_can_be_ended_at_once(self, browsers):
        first, second = browsers
        first.post("/accounts/sessions/")
        assert second.get("/user-center").status_code == 302
        assert first.get("/user-center").status_code == 200

    def test_sessions_of_others_can_not_be_ended(self, browsers):
        stranger = type(browsers[0])()
        stranger.force_login(a_user("eve"))
        session = UserSession.objects.latest("pk")
        assert stranger.post(f"/user-center/session/{session.pk}/end").status_code == 404
        assert browsers[1].get("/user-center").status_code == 200
