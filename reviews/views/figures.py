"""The figures page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from accounts.views.person import signed_in_user
from hub.templatetags.interface import hours_label
from reviews import plots
from reviews.statistics import figures as figures_of
from reviews.views.access import for_queue


@require_safe
@for_queue
def figures(request: HttpRequest) -> HttpResponse:
    """The figures: waiting proposals by age, decisions per week, time to a decision."""
    review_figures = figures_of(signed_in_user(request))
    pattern = pgettext("day and month, in the letters of Django's date filter", "j M")
    day = [date_format(week.monday, pattern) for week in review_figures.weeks]
    decided = [
        (
            label,
            [
                ("good", _("approved"), week.approved),
                ("warn", _("changes requested"), week.requested),
                ("bad", _("rejected"), week.rejected),
            ],
        )
        for label, week in zip(day, review_figures.weeks, strict=True)
    ]
    waits = [
        (label, week.median_hours, hours_label(week.median_hours))
        for label, week in zip(day, review_figures.weeks, strict=True)
    ]
    ages = [
        (str(label), [("accent", _("waiting"), number)]) for label, number in review_figures.ages
    ]
    context = {
        "tab": "figures",
        "figures": review_figures,
        "ages_plot": plots.bars(ages),
        "decisions_plot": plots.bars(decided, width=plots.WIDE),
        "times_plot": plots.curve(waits, every=2),
    }
    return render(request, "reviews/figures.html", context)
