"""What is wrong with an installation, and what to do: one module for each subject.

A check is a function without arguments that yields findings. `readiness` asks the quick ones for
`/readyz`; `examination` runs all of them for `manage.py doctor`.
"""
