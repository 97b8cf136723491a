"""READMEs as HTML, and the repositories that they come from."""

from models_registry.readme.links import Source
from models_registry.readme.render import render

HUGGING_FACE = Source("huggingface", "Qwen/Qwen3")


def html_of(text, source=None):
    """The HTML without `dir="auto"`, which stands on most elements and has a test of its own."""
    return render(text, source=source).html.replace(' dir="auto"', "")
