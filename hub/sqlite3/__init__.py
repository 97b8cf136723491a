"""Django's SQLite backend, extended for many writers and for full or read-only disks."""
