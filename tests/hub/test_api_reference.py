"""`/api/docs`: the reference has everything that the OpenAPI document has."""

from __future__ import annotations

import ast
import json
import re
import shlex
from html import unescape

import pytest
from django.test import Client

from hub.api import api
from tests.hub.test_chinese import CHINESE

DOCUMENT = "/api/openapi.json?lang="
# Of the whole page without compression: phones read it, too.
MOST_BYTES = 600_000


def test_each_operation_has_an_anchor_of_its_own_with_all_its_parts(client):
    for headers, language in (({}, "en"), (CHINESE, "zh-hans")):
        answer = client.get("/api/docs", headers=headers)
        assert answer.headers["Link"].startswith(f'<{DOCUMENT}{language}>; rel="service-desc"')
        assert len(answer.content) < MOST_BYTES
        page = answer.content.decode()
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        parts = re.split(r'<article [^>]*data-operation="([^"]+)">', page)
        found = dict(zip(parts[1::2], parts[2::2], strict=True))
        document = client.get(DOCUMENT + language).json()
        operations = [
            (method, path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        ]
        assert len(operations) == len(found) > 30
        for method, path, operation in operations:
            anchor = "-".join([method, *re.findall(r"\w+", path)[1:]])
            text = unescape(re.sub(r"<[^>]+>", "", found[anchor].replace("\n", " ")))
            assert f'href="#{anchor}"' in page
            names = [parameter["name"] for parameter in operation["parameters"]]
            for said in (path, operation["summary"], *names, *operation["responses"]):
                assert said in text, (anchor, said)


@pytest.mark.django_db
def test_the_samples_send_the_example(client: Client):
    page = client.get("/api/docs").content.decode()
    paths = api.get_openapi_schema()["paths"]
    body = paths["/api/models"]["post"]["requestBody"]["content"]["application/json"]["example"]

    def sample(language: str, anchor: str = "post-models") -> str:
        html = page.partition(f'id="code-{anchor}--{language}"')[2].partition("</pre>")[0]
        return unescape(re.sub(r"<[^>]+>", "", html.partition("<pre>")[2]))

    words = shlex.split(sample("curl").replace("\\\n", ""))
    assert words[:2] == ["curl", "http://127.0.0.1:8000/api/models"]
    assert json.loads(words[words.index("-d") + 1]) == body
    calls = [node for node in ast.walk(ast.parse(sample("python"))) if isinstance(node, ast.Call)]
    [sent] = [key.value for call in calls for key in call.keywords if key.arg == "json"]
    assert ast.literal_eval(sent) == body

    address = "/api/models/download?model_type=llm"
    assert shlex.split(sample("curl", "get-models-download"))[1].endswith(address)
    assert f'{address}"' in sample("python", "get-models-download")
    form = page.partition('data-path="/api/models/download"')[2].partition("</form>")[0]
    assert "<option selected>llm</option>" in form
    assert client.get(address).status_code == 200
