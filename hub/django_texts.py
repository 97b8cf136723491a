"""Texts of Django itself that this site translates in its own way.

Django's Chinese for "3 months ago" reads as "before March".
"""

from django.utils.translation import ngettext_lazy

TEXTS = (
    ngettext_lazy("%(num)d month", "%(num)d months", "num"),
    ngettext_lazy("%(num)d day", "%(num)d days", "num"),
)
