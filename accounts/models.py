"""Who someone is."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person with an account; signs in with the user name or the e-mail address."""

    email = models.EmailField(_("email address"), unique=True)
    display_name = models.CharField(_("display name"), max_length=80, blank=True)

    @property
    def label(self) -> str:
        """What pages call the person: the display name, else the user name."""
        return self.display_name or self.username
