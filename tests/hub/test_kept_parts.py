"""Parts of pages that a process keeps show nothing of another reader."""

from __future__ import annotations

import pytest
from django.template import RequestContext, Template

from tests.factories import a_person, a_user

pytestmark = pytest.mark.django_db


def test_a_kept_part_gets_nothing_of_its_reader(rf):
    """Not even of a template that asks for it: no person, no permission, no CSRF token."""
    request = rf.get("/models")
    request.user = a_user("ada", is_superuser=True, is_staff=True)

    def shown(tag):
        text = '{% load kept %}{% TAG "components/_account_menu.html" %}'.replace("TAG", tag)
        return Template(text).render(RequestContext(request))

    for secret in ("ada@example.org", "csrfmiddlewaretoken", "/admin/"):
        assert secret in shown("include")
        assert secret not in shown("kept_part")


def test_each_reader_gets_the_parts_that_are_for_them(client):
    """Whoever asked before: the menu, the theme and the language of two people."""
    reviewer, author = a_person("rae", "Reviewers"), a_person("eve")
    for _turn in range(2):
        for person, theme, language in ((reviewer, "dark", "zh-hans"), (author, "light", "en")):
            client.force_login(person)
            client.cookies["theme"] = theme
            page = client.get("/models", headers={"accept-language": language}).content.decode()
            menu = page[page.index('name="site-menu"') :]
            assert ('href="/admin/reviews/"' in menu) == (person == reviewer)
            chosen = menu[menu.index(f'value="{theme}"') :]
            assert chosen.partition(">")[0].count('aria-pressed="true"') == 1
            assert ("用户中心" in menu) == (language == "zh-hans")
