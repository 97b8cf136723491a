"""The tables of the lists' revisions, and of who holds which of them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from models_registry.models.registry import ModelType


class CatalogueList(models.Model):
    """The list of one type as servers download it: its bytes, ready to send, unless it is long
    (`catalogue.pieces.MOST_WHOLE`).

    The served revision is `revision`: the newest one, or the one that is `pinned`. `left_out` lists
    the models that are held back and why: [{"model", "name", "reasons": [text],
    "made_of": [packed message]}].
    """

    model_type = models.CharField(max_length=12, choices=ModelType, unique=True)
    body = models.BinaryField(default=b"[]\n")
    gzip_body = models.BinaryField(default=b"")
    brotli_body = models.BinaryField(default=b"")
    etag = models.CharField(max_length=64, default="")
    sha256 = models.CharField("SHA-256", max_length=64, default="")
    signature = models.BinaryField(default=b"")
    revision = models.PositiveIntegerField(_("served revision"), default=0)
    # The highest number ever given; numbers of deleted revisions are not used again.
    last_revision = models.PositiveIntegerField(_("newest revision"), default=0)
    # Set by a rollback: this revision is served, whatever is built later.
    pinned = models.PositiveIntegerField(_("pinned revision"), null=True, blank=True)
    record_count = models.PositiveIntegerField(default=0)
    model_count = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=list)
    # A digest of `entries_digest` and of the rules by which its models were selected; if it differs
    # from the current one, the list is stale.
    fingerprint = models.CharField(max_length=64, default="")
    # The sum of the digests of its `ListEntry` rows.
    entries_digest = models.CharField(max_length=64, default="", db_default="")
    # The pieces of its newest state in their order, each after the place of its first record:
    # [[hexadecimal digits, `ListPiece.key` or None]].
    pieces = models.JSONField(default=list, db_default=[])
    # Until then a long list is stored as a whole, too: processes of the former version read it.
    whole_until = models.DateTimeField(null=True)
    # When the first of its models expires and the list must be rebuilt.
    valid_until = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(default=timezone.now, db_default=Now())
    # The version of the rules of releases that was deployed last, as `prepare` says; empty if none
    # said so. Processes with other rules leave the lists for releases as they are.
    release_rules = models.CharField(max_length=8, default="", db_default="")

    class Meta:
        default_permissions = ()
        indexes = [
            # All that a download needs to know of a list that this process has in memory. Read from
            # the row itself, SQLite would walk over the megabytes of its bytes.
            models.Index(
                fields=[
                    "model_type",
                    "etag",
                    "revision",
                    "signature",
                    "changed_at",
                    "valid_until",
                ],
                name="list_state",
            )
        ]

    def __str__(self) -> str:
        return f"{self.model_type} list"


class ListRevision(models.Model):
    """One state of a type's list as it was built: its bytes, and their digest and signature.

    The bytes are the texts of `pieces`, which revisions share. Processes of the former version read
    `brotli_body`, which long lists do not have; revisions that it wrote have nothing else.

    Never changed after it was written, except for the signature, which follows the hub's key.
    Numbers count from 1 for each type and are never used twice, not even after a revision was
    deleted.
    """

    model_type = models.CharField(_("type"), max_length=12)
    number = models.PositiveIntegerField(_("revision"))
    # Of the uncompressed bytes, in hexadecimal digits.
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveIntegerField(_("bytes"))
    brotli_body = models.BinaryField()
    # `ListPiece.key` of its pieces in their order, and the CRC-32 of the uncompressed bytes.
    pieces = models.JSONField(default=list, db_default=[])
    crc32 = models.BigIntegerField(null=True)
    model_count = models.PositiveIntegerField(_("models"))
    record_count = models.PositiveIntegerField(_("records"))
    created_at = models.DateTimeField(_("built"), default=timezone.now)
    # The Ed25519 signature of `signing.statement`, or empty.
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


class ListEntry(models.Model):
    """What was decided of a model when the list of its type was built: its place in the list, or
    why it is left out.

    Written with the list, under the lock of its row. Without foreign keys in the database: a row
    remains when its model is deleted, so that the list is built again without it.
    """

    model = models.OneToOneField(
        "RegisteredModel",
        primary_key=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="list_entry",
    )
    model_type = models.CharField(max_length=12)
    # What it was decided by.
    revision = models.ForeignKey(
        "Revision",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    derived_by = models.CharField(max_length=20, blank=True)
    # Its bytes are ordered as the list is. NULL: the model is left out.
    place = models.BinaryField(null=True)
    # Whether a piece of the list begins with it.
    opens = models.BooleanField(default=False)
    record_count = models.PositiveIntegerField(default=0)
    # An entry of `CatalogueList.left_out`.
    left_out = models.JSONField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["model_type", "place"], name="list_entry_place"),
            models.Index(
                fields=["model_type", "place"],
                condition=models.Q(opens=True),
                name="list_entry_opens",
            ),
            models.Index(
                fields=["model_type", "model"],
                condition=models.Q(place__isnull=True),
                name="list_entry_left_out",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model_type} list: model {self.model_id}"


class ListPiece(models.Model):
    """A part of a type's list: the records of some models that follow each other.

    Known by its content, so that a process that goes on while a backup is restored reads the right
    bytes or none. Never changed after it was written, and deleted when neither the list nor a
    revision has it.
    """

    model_type = models.CharField(max_length=12)
    # The first half of the SHA-256 of the uncompressed bytes, in hexadecimal digits.
    key = models.CharField(max_length=32)
    # A part of a stream of RFC 1951 that others may follow.
    deflated = models.BinaryField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["model_type", "key"], name="list_piece_once")
        ]

    def __str__(self) -> str:
        return f"{self.model_type} list: {self.key}"


class ReleaseList(models.Model):
    """The list of one type for servers of one release of Xinference, as it was last built.

    Built when it is asked for and something has changed since, or by a worker. `release` is one of
    `release_rules`, or "later".
    """

    model_type = models.CharField(max_length=12)
    release = models.CharField(max_length=20)
    # Counts from 1 for each list, whenever its bytes change.
    revision = models.PositiveIntegerField(default=0)
    # What it was built from, and by which rules: `release_lists` compares them.
    state = models.CharField(max_length=64, default="")
    rules = models.CharField(max_length=8, default="", db_default="")
    sha256 = models.CharField("SHA-256", max_length=64, default="")
    brotli_body = models.BinaryField(default=b"")
    model_count = models.PositiveIntegerField(default=0)
    # Name → how its records differ from its definition, as packed messages.
    translated = models.JSONField(default=dict)
    asked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["model_type", "release"], name="release_list_per_type_and_release"
            )
        ]

    def __str__(self) -> str:
        return f"{self.model_type} list for {self.release}"


class ReleaseListRevision(models.Model):
    """One state of a list for a release as it was built. Never changed after it was written.

    Numbers count from 1 for each type and release and are never used twice.
    """

    model_type = models.CharField(max_length=12)
    release = models.CharField(max_length=20)
    number = models.PositiveIntegerField()
    # Of the uncompressed bytes, in hexadecimal digits.
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveIntegerField()
    brotli_body = models.BinaryField()
    model_count = models.PositiveIntegerField()
    record_count = models.PositiveIntegerField()
    # How many of its models are in another form than published.
    translated_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["model_type", "release", "number"],
                name="release_list_revision_number",
            )
        ]

    def __str__(self) -> str:
        return f"{self.model_type} list for {self.release} r{self.number}"


class ShippedName(models.Model):
    """A name that a released package ships with a record without `updated_at`: no list may have it.

    Written when the package's wheel is imported; `definitions.releases` has those known beforehand.
    """

    model_type = models.CharField(max_length=12)
    name_key = models.CharField(max_length=200)
    # The first such release that was imported, such as xinference==4.1.0.
    release = models.CharField(max_length=100)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["model_type", "name_key"], name="shipped_name_once")
        ]

    def __str__(self) -> str:
        return f"{self.model_type}/{self.name_key} in {self.release}"


class ServerList(models.Model):
    """Which revision of a type's list a client or server holds, as far as it was observed.

    `place` is an address, the endpoint of the Xinference server, or HOST:PATH of a folder.
    """

    class How(models.TextChoices):
        """How it was observed."""

        DOWNLOAD = "download", _("Download")
        SERVER = "server", _("Asked")
        FOLDER = "folder", _("Folder")

    how = models.CharField(max_length=10, choices=How)
    place = models.CharField(max_length=300)
    # The client's User-Agent, and the user whose token it sent; both may be empty.
    agent = models.CharField(max_length=60, blank=True)
    user_name = models.CharField(max_length=150, blank=True)
    model_type = models.CharField(max_length=12)
    revision = models.PositiveIntegerField(null=True)
    # The release whose list it is; empty for the list that names no version. And the release that
    # the server is known to be.
    release = models.CharField(max_length=20, blank=True, default="", db_default="")
    version = models.CharField(max_length=40, blank=True, default="", db_default="")
    # For a server that was asked: the part of that revision that it knows exactly, from 0 to 1.
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
