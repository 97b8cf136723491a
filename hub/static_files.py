"""Which files of installed packages are collected."""

from __future__ import annotations

from django.contrib.staticfiles.apps import StaticFilesConfig

# django-ace brings Ace for a hundred languages; the hub edits JSON. Compressing all of it would make
# the first start a minute longer.
_ACE = "django_ace/ace"
_UNUSED_OF_ACE = [
    f"{_ACE}/mode-[!j]*",
    f"{_ACE}/mode-j[!s]*",
    f"{_ACE}/mode-js[!o]*",
    f"{_ACE}/mode-json[!.]*",
    f"{_ACE}/worker-*",
    f"{_ACE}/theme-*",
    f"{_ACE}/keybinding-*",
    f"{_ACE}/snippets/*",
    f"{_ACE}/ext-[!ls]*",
    f"{_ACE}/css/theme/*",
    f"{_ACE}/css/[!m]*.png",
]


class PickedStaticFiles(StaticFilesConfig):
    """Django's static files, without those that no page of the hub loads."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, *_UNUSED_OF_ACE]
