"""A backup of the whole hub in one file, and its restoration.

The file is a tar archive: `manifest.json`, one file of JSON lines for each table, the media, and on
request the sealed keys. Rows are stored independently of the kind of database, so a backup of
SQLite can be restored into PostgreSQL, and one of an earlier version into a later one.
"""
