"""The filters in the addresses of lists, as GET forms. Invalid values are ignored."""

from __future__ import annotations

from django import forms
from django.http import QueryDict

from hub.filter_fields import AnyOf, OneOf, PageNumber, SearchText
from models_registry.models import ModelType
from models_registry.pages import fleet, my_models
from models_registry.pages import listing_filters as listing


class ListingFilterForm(forms.Form):
    """The filters of the model list; `but` leaves out a filter that the page itself sets."""

    q = SearchText()
    featured = OneOf([("1", "")], coerce=bool, default=False)
    private = OneOf([("1", "")], coerce=bool, default=False)
    sort = OneOf(
        listing.SORT_LABELS.items(),
        coerce=listing.ListingSort,
        default=None,
    )
    page = PageNumber()
    view = OneOf(
        listing.VIEW_LABELS.items(), coerce=listing.ListView, default=listing.ListView.COMPACT
    )

    def __init__(self, data: QueryDict, *, but: str = "", remembered: str = "") -> None:
        """`remembered` is the visitor's GPU; it counts if the address does not name one."""
        super().__init__(data)
        self.remembered = remembered
        self.families = [group for group in listing.GROUPS if group.key != but]
        self.fields |= {group.key: AnyOf(group.order) for group in self.families}

    def filters(self) -> listing.ListingFilters:
        """The filters, in their types."""
        self.full_clean()
        data = self.cleaned_data
        if self.remembered and listing.FITS not in self.data:
            data[listing.FITS] = (self.remembered,)
        chosen = {
            group.key: data[group.key][-1:] if group.is_single else data[group.key]
            for group in self.families
            if data[group.key]
        }
        return listing.ListingFilters(
            data["q"],
            chosen,
            data["featured"],
            listing.sort_of(data["q"], data["sort"]),
            data["page"],
            data["view"],
            self.remembered,
            data["private"],
        )


class EntryFilterForm(forms.Form):
    """The filters of My Models."""

    q = SearchText()
    state = OneOf(my_models.LABELS.items(), coerce=my_models.EntryStatus, default=None)
    type = OneOf(ModelType.choices)
    sort = OneOf(
        my_models.SORT_LABELS.items(),
        coerce=my_models.EntrySort,
        default=my_models.EntrySort.CHANGED,
    )
    page = PageNumber()

    def filters(self) -> my_models.EntryFilters:
        """The filters, in their types."""
        self.full_clean()
        data = self.cleaned_data
        return my_models.EntryFilters(
            data["q"], data["state"], data["type"], data["sort"], data["page"]
        )


class FleetFilterForm(forms.Form):
    """The filters of the fleet."""

    q = SearchText()
    type = OneOf(ModelType.choices)
    state = OneOf((state, state) for state in fleet.STATES)

    def filters(self) -> fleet.FleetFilters:
        """The filters, in their types."""
        self.full_clean()
        data = self.cleaned_data
        return fleet.FleetFilters(data["q"], data["type"], data["state"])
