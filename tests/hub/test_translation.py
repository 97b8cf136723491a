"""The site in Simplified Chinese."""

from __future__ import annotations

import ast
import gettext
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from models_registry.errors import InvalidParameter
from models_registry.sync import add_model
from tests.factories import a_model, a_person

MESSAGES = Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES"
PLACEHOLDER = re.compile(r"%\(\w+\)[#0\- +]*\d*(?:\.\d+)?[a-zA-Z]|%[sdf%]|\{\w*\}|</?[a-z]+>")
PAGES_OF_ANYBODY = {
    "/models": ("模型", "登录", "筛选条件"),
    "/signin": ("用户名或邮箱地址", "密码", "登录"),
    "/signup": ("创建账号", "邮箱地址", "密码"),
    "/no/such/page": ("未找到", "没有这个页面"),
}
PAGES_OF_USERS = {
    "/user-center": ("个人资料", "显示名称", "保存"),
    "/model-registration": ("模型注册", "是哪种模型？", "空白表单"),
    "/my-models": ("我的模型", "您还没有模型"),
}


@dataclass
class Message:
    """An entry of a .po file; the translations of a plural message stand in their order."""

    source: str
    plural: str = ""
    context: str = ""
    translations: list[str] = field(default_factory=list)

    @property
    def is_translated(self):
        return bool(self.translations) and all(self.translations)

    @property
    def key(self):
        return f"{self.context}\x04{self.source}" if self.context else self.source


def read_messages(text):
    """The entries of a .po file, without its header and without fuzzy and obsolete ones' texts."""
    for entry in re.split(r"\n\s*\n", text):
        said = {}
        keyword = ""
        for line in entry.splitlines():
            if line.startswith("#"):
                continue
            found = re.match(r'(msg\w+(?:\[\d+\])?)?\s*(".*")$', line)
            assert found, f"a .po file has no such line: {line}"
            keyword = found[1] or keyword
            said[keyword] = said.get(keyword, "") + ast.literal_eval(found[2])
        if not said.get("msgid"):
            continue
        is_fuzzy = bool(re.search(r"^#,.*\bfuzzy\b", entry, re.MULTILINE))
        translations = [said[key] for key in sorted(said) if key.startswith("msgstr")]
        yield Message(
            source=said["msgid"],
            plural=said.get("msgid_plural", ""),
            context=said.get("msgctxt", ""),
            translations=[] if is_fuzzy else translations,
        )


@pytest.fixture(scope="module")
def messages():
    found = list(read_messages((MESSAGES / "django.po").read_text(encoding="utf-8")))
    assert len(found) > 1000
    return found


@pytest.fixture(scope="module")
def compiled():
    with (MESSAGES / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def test_all_messages_are_translated(messages):
    missing = [message.source for message in messages if not message.is_translated]
    assert not missing, "run make messages and translate what is new or fuzzy"


def test_translations_have_the_placeholders_and_tags_of_their_message(messages):
    differing = [
        (message.source, translation)
        for message in messages
        if message.is_translated
        for translation in message.translations
        if sorted(PLACEHOLDER.findall(translation))
        not in [sorted(PLACEHOLDER.findall(said)) for said in (message.source, message.plural)]
    ]
    assert not differing


def test_a_translation_begins_and_ends_with_a_line_break_where_its_message_does(messages):
    differing = [
        message.source
        for message in messages
        if message.is_translated
        for translation in message.translations
        if (translation[0] == "\n", translation[-1] == "\n")
        != (message.source[0] == "\n", message.source[-1] == "\n")
    ]
    assert not differing


def test_the_compiled_file_says_what_the_readable_one_says(messages, compiled):
    stale = []
    for message in messages:
        if not message.is_translated:
            continue
        if message.plural:
            said = compiled.ngettext(message.source, message.plural, 1)
        elif message.context:
            said = compiled.pgettext(message.context, message.source)
        else:
            said = compiled.gettext(message.source)
        if said != message.translations[0]:
            stale.append(message.source)
    assert not stale, "run make messages and commit django.mo with django.po"


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "words"), PAGES_OF_ANYBODY.items())
def test_a_browser_that_asks_for_chinese_gets_chinese_pages(client, address, words):
    a_model(name="qwen-anything")
    response = client.get(address, headers={"accept-language": "zh-CN,zh;q=0.9,en;q=0.5"})
    text = response.content.decode()
    assert [word for word in words if word not in text] == []
    assert '<html lang="zh-hans"' in text
    assert response.headers["Content-Language"] == "zh-hans"
    assert "Accept-Language" in response.headers["Vary"]


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "words"), PAGES_OF_USERS.items())
def test_the_language_cookie_makes_the_pages_of_a_user_chinese(client, address, words):
    client.force_login(a_person("ada", "Registrars"))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    text = client.get(address, follow=True).content.decode()
    assert [word for word in words if word not in text] == []
    assert '<html lang="zh-hans"' in text


@pytest.mark.django_db
def test_choosing_chinese_at_the_foot_of_a_page_turns_the_next_one_chinese(client):
    assert '<html lang="en"' in client.get("/models").content.decode()
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/models"})
    text = client.get("/models").content.decode()
    assert '<html lang="zh-hans"' in text
    assert "模型中心" in text


def test_a_refusal_is_said_in_the_language_of_the_page():
    with translation.override("zh-hans"), pytest.raises(InvalidParameter, match="请输入模型名称"):
        add_model.look_up(" ")


@pytest.mark.django_db
@pytest.mark.parametrize("time", ["first", "second"])
def test_a_test_begins_in_the_language_of_the_settings_whatever_ran_before_it(client, time):
    assert translation.get_language() == settings.LANGUAGE_CODE, time
    client.get("/no/such/page", headers={"accept-language": "zh-CN"})
    assert translation.get_language() == "zh-hans"
