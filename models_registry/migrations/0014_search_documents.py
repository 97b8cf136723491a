"""The documents that models are searched by. `prepare` fills the table: it derives models again.

Whoever changes the table on SQLite later makes the triggers again: Django replaces a table there to
change it, and triggers go with the table.
"""

import django.db.models.deletion
from django.db import migrations, models

POSTGRESQL = [
    # A search that many models fit reads the rank of each, so rows must be small: long columns go
    # elsewhere (TOAST). PostgreSQL looks at that only for rows of more than 2 kB, and the padding,
    # which is compressed to some bytes, makes each row one.
    "ALTER TABLE models_registry_searchdocument SET (toast_tuple_target = 128)",
    """ALTER TABLE models_registry_searchdocument
       ADD COLUMN tokens tsvector
       GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED,
       ADD COLUMN padding text GENERATED ALWAYS AS (repeat(' ', 2100)) STORED""",
    """CREATE INDEX search_tokens ON models_registry_searchdocument USING gin (tokens)
       WITH (fastupdate = off)""",
]
SQLITE = [
    """CREATE VIRTUAL TABLE models_registry_searchindex USING fts5(
       words, content='models_registry_searchdocument', content_rowid='model_id', detail=none,
       columnsize=0, tokenize="ascii tokenchars '.:_-/~+'")""",
    """CREATE TRIGGER search_document_added AFTER INSERT ON models_registry_searchdocument BEGIN
       INSERT INTO models_registry_searchindex(rowid, words) VALUES (new.model_id, new.words);
       END""",
    """CREATE TRIGGER search_document_deleted AFTER DELETE ON models_registry_searchdocument BEGIN
       INSERT INTO models_registry_searchindex(models_registry_searchindex, rowid, words)
       VALUES ('delete', old.model_id, old.words);
       END""",
    """CREATE TRIGGER search_document_changed AFTER UPDATE ON models_registry_searchdocument BEGIN
       INSERT INTO models_registry_searchindex(models_registry_searchindex, rowid, words)
       VALUES ('delete', old.model_id, old.words);
       INSERT INTO models_registry_searchindex(rowid, words) VALUES (new.model_id, new.words);
       END""",
]


def make_index(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for statement in {"postgresql": POSTGRESQL, "sqlite": SQLITE}[vendor]:
        schema_editor.execute(statement)


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE models_registry_searchindex")


class Migration(migrations.Migration):
    dependencies = [
        ("models_registry", "0013_who_set_expiries"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                ("model", models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE, primary_key=True,
                    related_name="search_document", serialize=False,
                    to="models_registry.registeredmodel")),
                ("words", models.TextField()),
                ("folded_name", models.CharField(max_length=200)),
                ("fields", models.JSONField(default=dict)),
                ("rank", models.IntegerField()),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["folded_name"], name="search_folded_name"),
                ],
            },
        ),
        migrations.RunPython(make_index, drop_index),
    ]
