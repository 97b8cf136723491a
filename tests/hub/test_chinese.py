"""Everything that people read, in Simplified Chinese: no page, mail or notification is English.

What stays English is a name: of a product, a format, a field of a definition or a model.
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Final

import pytest
from allauth.core.context import request_context
from django.template.loader import render_to_string
from django.test import Client
from django.utils.translation import override

from accounts.adapters import AccountAdapter
from accounts.models import User
from models_registry import publication
from models_registry.models import Draft, UpstreamChange
from models_registry.stored_reasons import reason
from reviews import reminders, use_cases
from reviews.mailing import message
from reviews.models import Notification, NotificationKind
from tests.environment import ROOT
from tests.every_page import (
    ADMINISTRATOR,
    ANONYMOUS,
    AUTHOR,
    REVIEWER,
    administration,
    numbers,
)
from tests.factories import a_model, changed, llm_record, written
from tests.reviews.conftest import a_next_round, a_proposal, a_reviewer, an_author
from tests.reviews.notices import send_all

pytestmark = pytest.mark.django_db

CHINESE: Final = {"accept-language": "zh-CN,zh;q=0.9"}
# Names of several words.
NAMES: Final = re.compile("Xinference Models Hub|Hugging Face|Sentence Transformers")
# What people wrote in the world of the tests.
WRITTEN: Final = re.compile(
    r"[\w-]+ is a small language model\.|First try|Thank you|A model with a"
    r"|The licence forbids it\."
    r"|(a (long line|wide cell of a table) ?)+"
    # A quotation of another program's message.
    r"|无法解析聊天模板：.Unexpected end of template.*",
    re.IGNORECASE,
)
SENTENCE: Final = re.compile(r"(?:\b[A-Za-z][a-z']+[,;:]? ){2,}[A-Za-z][a-z']+\b")
# Chinese punctuation has its own space: none follows it, and none comes before it.
APART: Final = re.compile(r"[。！？；：，、] (?=[^\s·|])| [。！？；：，、]")
# Elements whose texts stand in one line of text with those around them.
INLINE: Final = {"a", "abbr", "b", "code", "del", "em", "i", "kbd", "mark", "small", "span",
                 "strong", "time"}  # fmt: skip
LABEL: Final = re.compile(r"[A-Z][a-z]+(?: [a-z]+)+")
# What is code, or was typed.
SKIPPED: Final = {"script", "style", "code", "pre", "textarea", "svg", "kbd"}
ATTRIBUTES: Final = ("title", "aria-label", "placeholder", "alt", "data-said", "data-confirm")
VOID: Final = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source",
               "track", "wbr", "use", "path", "circle", "rect", "line"}  # fmt: skip


class Texts(HTMLParser):
    """The texts of a page that the hub wrote: not those in code, and not those `lang` excludes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        # The texts as they stand beside each other: code is one sign, an element that is not
        # inline begins a line.
        self.flow = ""
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag not in INLINE:
            self.flow += "\n"
        other = values.get("lang", "zh-hans") not in {"zh-hans", "zh-Hans"}
        skipped = tag in SKIPPED or other or any(skip for _tag, skip in self._open[-1:])
        if not skipped:
            self.found += [values[name] or "" for name in ATTRIBUTES if name in values]
            if tag == "input" and values.get("type") in {"submit", "button", "reset"}:
                self.found.append(values.get("value") or "")
        if tag not in VOID:
            self._open.append((tag, skipped))

    def handle_endtag(self, tag: str) -> None:
        if tag not in INLINE:
            self.flow += "\n"
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        shown = not any(skip for _tag, skip in self._open[-1:])
        if shown:
            self.found.append(" ".join(data.split()))
        self.flow += re.sub(r"\s+" if shown else r"\S.*\S|\S", " " if shown else "…", data)


def english(texts: list[str]) -> set[str]:
    """The texts with an English sentence, or that are an English label."""
    texts = [WRITTEN.sub("", NAMES.sub("", text)).strip() for text in texts]
    return {text for text in texts if SENTENCE.search(text) or LABEL.fullmatch(text)}


def texts_of(html: str) -> list[str]:
    """What the hub wrote on a page."""
    page = Texts()
    page.feed(html)
    return page.found


def apart(html: str) -> set[str]:
    """Places of a page with a space beside Chinese punctuation, with what is around them."""
    page = Texts()
    page.feed(html)
    lines = [" ".join(line.split()) for line in page.flow.splitlines()]
    places = ((line, match) for line in lines for match in APART.finditer(line))
    return {line[max(0, at.start() - 20) : at.end() + 20] for line, at in places}


def english_of(html: str) -> set[str]:
    """What is English on a page."""
    return english(texts_of(html))


def test_no_page_has_an_english_sentence():
    known = numbers()
    people = {
        None: ANONYMOUS,
        User.objects.get(username="ada"): AUTHOR,
        a_reviewer(): REVIEWER,
        User.objects.get(username="root"): (*ADMINISTRATOR, *administration()),
    }
    found: dict[str, str] = {}
    for user, paths in people.items():
        client = Client(headers=CHINESE)
        if user is not None:
            client.force_login(user)
        for path in paths:
            page = client.get(path.format(**known)).content.decode()
            for text in english_of(page) | apart(page):
                found.setdefault(text, path)
    assert found == {}


@pytest.mark.parametrize(
    ("html", "place"),
    [
        ("<p>第一句。 <a>链接</a></p>", "第一句。 链接"),
        ("<p>处理人：\n <b>我</b></p>", "处理人： 我"),
        ("<p>名称 <code>a. b</code> ，好</p>", "名称 … ，好"),
        ("<p>第一句。</p> <p>第二句。</p>", ""),
        ("<p>第一句。<a>链接</a> · 好</p><pre>甲， 乙</pre>", ""),
    ],
)
def test_a_space_beside_chinese_punctuation_is_found(html, place):
    assert apart(html) == ({place} if place else set())


# One of each kind of fault and of advice.
FAULTS: Final = {
    "context_length": "many",
    "model_lang": ["xx", 3],
    "model_ability": ["Chat", "vision", "vision"],
    "model_description": "",
    "chat_template": "{% if x %}",
    "architectures": "Qwen3ForCausalLM",
    "stop": [1],
    "unknown_key": True,
    "updated_at": "yesterday",
    "virtualenv": {"packages": ["os; import x", "vllm=="]},
    "model_specs": [
        {"model_format": "ggufv2", "model_size_in_billions": "huge", "model_src": {}},
        {"model_format": "pytorch", "model_size_in_billions": 7, "quantization": "none"},
        {
            "model_format": "pytorch",
            "model_size_in_billions": -7,
            "model_src": {"huggingface": {"model_id": "no slash", "quantizations": []}},
        },
        "a text",
    ],
}


def test_findings_of_an_editor_are_chinese(client):
    ada = an_author("ada")
    client.force_login(ada)
    found: set[str] = set()
    whole = written(llm_record("d", **FAULTS))
    texts = [whole, whole[:-40], whole.replace('"d"', '"d", "d": NaN'), "[]", "{", "[1]", ""]
    texts += [written(llm_record("d", **{key: value})) for key, value in FAULTS.items()]
    for text in texts:
        draft = Draft.objects.create(owner=ada, model_type="llm", definition=text)
        for view in ("form", "json", "check"):
            page = client.get(f"/model-registration/{draft.pk}/{view}", headers=CHINESE)
            found |= english_of(page.content.decode())
    assert found == set()


def test_the_scripts_of_the_administration_have_chinese_texts(admin_client):
    """Django's translation has some of them, and ours has the others."""
    texts = admin_client.get("/admin/jsi18n/", headers=CHINESE).content.decode()
    for text in ("Choose all %s", "Remove selected %s", "Today", "Filter"):
        said = re.search(f'"{re.escape(text)}": "([^"]*)"', texts)
        assert said is not None
        assert json.loads(f'"{said[1]}"').strip("%s")[0] > "\u4e00"


def test_what_changed_in_a_definition_is_chinese(client):
    root = an_author("root")
    model = a_model("tiny", owner=root)
    spec = {"model_format": "ggufv2", "model_size_in_billions": 7, "quantizations": ["Q4"]}
    spec["model_src"] = {"modelscope": {"model_id": "o/m", "quantizations": ["Q4"]}}
    changes = {
        "context_length": 4096, "model_lang": ["zh", "en", "de"], "architectures": ["A"],
        "model_ability": ["tools", "generate"], "model_description": "Another.", "stop": ["a", "b"],
        "model_specs": [spec], "updated_at": 1_790_000_000, "version": 3,
    }  # fmt: skip
    text = changed(model.published_revision, **changes)
    publication.publish(model, publication.Content(definition=text, readme=""), by=root)
    client.force_login(root)
    found: set[str] = set()
    for old, new in ((1, 2), (2, 1)):
        page = client.get(f"/models/detail/{model.pk}/compare/{old}...{new}", headers=CHINESE)
        found |= english_of(page.content.decode())
        assert "context length" not in page.content.decode().lower()
        assert "上下文长度" in page.content.decode()
    page = client.get(f"/models/detail/{model.pk}/history", headers=CHINESE)
    assert found | english_of(page.content.decode()) == set()


def test_notifications_are_read_in_the_language_of_the_day(client):
    """They are stored as sentences with parameters: who changes the language reads them anew."""
    author, reviewer = an_author("ada"), a_reviewer()
    proposal = a_proposal(author, name="m-one")
    use_cases.comment(proposal, by=reviewer, text="嗯")
    use_cases.request_changes(proposal, by=reviewer, feedback="为什么？")
    use_cases.approve(a_next_round(proposal, author), by=reviewer)
    a_proposal(author, name="m-two")
    reminders.send_digests()
    for state in reminders.TOLD_STATES:
        UpstreamChange.objects.create(
            model=proposal.model, model_type="llm", name="m-one", name_key="m-one", kind="update",
            state=state, created_by=author, last_error=reason("lease_lost"),
        )  # fmt: skip
    reminders.notify_of_pull_requests()
    assert Notification.objects.filter(title__contains="approved and published").exists()
    for person in (author, reviewer):
        client.force_login(person)
        page = client.get("/notifications", headers=CHINESE).content.decode()
        assert english_of(page) == set(), person
        assert "m-one" in page or "m-two" in page
    User.objects.update(language="zh-hans")
    messages = send_all()
    assert len(messages) > 5
    assert (
        english([line for mail in messages for line in (mail.subject, *mail.body.splitlines())])
        == set()
    )
    for mail in messages:
        for html, _type in mail.alternatives:
            assert english_of(html) == set()


def test_pages_of_errors_are_chinese(settings):
    for name in ("400", "413", "500", "503"):
        with override("zh-hans"):
            html = render_to_string(f"{name}.html", {"megabytes": 10, "fields": 1000})
        assert english_of(html) == set()
        assert '<html lang="zh-hans"' in html
    client = Client(headers=CHINESE, raise_request_exception=False)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    answer = client.post("/signin", {"login": "x" * 100})
    assert answer.status_code == 413
    assert english_of(answer.content.decode()) == set()


def test_mails_of_every_kind_of_notification_are_chinese():
    ada = an_author("ada", language="zh-hans")
    lines: list[str] = []
    for kind in NotificationKind:
        notification = Notification.objects.create(
            recipient=ada, kind=kind, title="标题", text="内容", url="/models"
        )
        mail = message(notification)
        [(html, _type)] = mail.alternatives
        lines += [mail.subject, *mail.body.splitlines(), *english_of(html)]
    with override("zh-hans"):
        context = {"user": ada, "site_url": "https://hub.example.org"}
        lines += render_to_string("mail/second_factor_reset.txt", context).splitlines()
    assert english(lines) == set()


MAILS: Final = sorted(
    path.name.removesuffix("_message.txt")
    for path in (ROOT / "templates/account/email").glob("*_message.txt")
    if not path.name.startswith("base_")
)


def test_mails_about_accounts_are_written_in_their_readers_language(rf, mailoutbox):
    user = an_author("ada")
    user.language = "zh-hans"
    request = rf.get("/")
    context = {
        "user": user, "activate_url": "https://hub/x", "password_reset_url": "https://hub/x",
        "signup_url": "https://hub/x", "email": "ada@example.org", "ip": "::1", "code": "ABC",
        "user_agent": "curl", "timestamp": user.date_joined,
    }  # fmt: skip
    with request_context(request):
        for name in MAILS:
            AccountAdapter(request).send_mail(f"account/email/{name}", user.email, context)
    assert len(mailoutbox) == len(MAILS) > 10
    lines = [line for mail in mailoutbox for line in (mail.subject, *mail.body.splitlines())]
    assert english(lines) == set()
