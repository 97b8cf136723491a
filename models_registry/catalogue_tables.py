"""The tables of the lists' past, and of who holds which part of it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ListRevision(models.Model):
    """One state of a type's list as it was built: its bytes, compressed, and what vouches for them.

    Never changed once written, but for the signature, which follows the hub's key. Numbers count
    from 1 for each type and are never given twice, not even after a revision was forgotten.
    """

    model_type = models.CharField(_("type"), max_length=12)
    number = models.PositiveIntegerField(_("revision"))
    # Of the bytes without compression, in hexadecimal digits.
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveIntegerField(_("bytes"))
    brotli_body = models.BinaryField()
    model_count = models.PositiveIntegerField(_("models"))
    record_count = models.PositiveIntegerField(_("records"))
    created_at = models.DateTimeField(_("built"), default=timezone.now)
    # The Ed25519 signature of `signing.statement`, or nothing.
    signature = models.BinaryField(default=b"")

    class Meta:
        ordering = ["model_type", "-number"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["model_type", "number"], name="list_revision_number_per_type"
            )
        ]

    def __str__(self) -> str:
        return f"{self.model_type} list r{self.number}"


class ServerList(models.Model):
    """Which revision of a type's list somebody holds, as far as it was seen.

    `place` is where: an address, the endpoint of the Xinference server, or HOST:PATH of a folder.
    """

    class How(models.TextChoices):
        """How it was seen."""

        DOWNLOAD = "download", _("Download")
        SERVER = "server", _("Asked")
        FOLDER = "folder", _("Folder")

    how = models.CharField(max_length=10, choices=How)
    place = models.CharField(max_length=300)
    # What the client calls itself, and whose token it sent; both may be empty.
    agent = models.CharField(max_length=60, blank=True)
    user_name = models.CharField(max_length=150, blank=True)
    model_type = models.CharField(max_length=12)
    revision = models.PositiveIntegerField(null=True)
    # Of a server that was asked: which part of that revision it knows exactly so, from 0 to 1.
    share = models.FloatField(null=True)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-seen_at"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["how", "place", "agent", "user_name", "model_type"],
                name="one_sighting_per_server_and_type",
            ),
            models.CheckConstraint(
                condition=models.Q(how__in=["download", "server", "folder"]),
                name="server_list_how_known",
            ),
        ]
        indexes = [models.Index(fields=["-seen_at"], name="server_list_seen")]

    def __str__(self) -> str:
        return f"{self.model_type} list at {self.place}"
