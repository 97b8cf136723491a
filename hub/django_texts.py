"""Texts of Django itself that this site translates in its own way.

Django's Chinese for "3 months ago" reads as "before March", and some texts have none.
"""

from django.utils.translation import gettext_lazy, ngettext_lazy

TEXTS = (
    ngettext_lazy("%(num)d month", "%(num)d months", "num"),
    ngettext_lazy("%(num)d day", "%(num)d days", "num"),
    gettext_lazy("Add link"),
    gettext_lazy("Change or view list link"),
    gettext_lazy("After you’ve created a user, you’ll be able to edit more user options."),
)
