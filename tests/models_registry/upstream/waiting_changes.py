"""A change of a model on its way to upstream."""

from __future__ import annotations

from models_registry.models import PullRequest, UpstreamChange

PULL = "https://github.com/xorbitsai/inference/pull/7"


def a_change(model, state: str = "waiting", *, pull_state: str = "open", **fields):
    pull = PullRequest.objects.create(
        branch=f"hub/{PullRequest.objects.count()}", state=pull_state, number=7, url=PULL
    )
    return UpstreamChange.objects.create(
        model=model, model_type="llm", name=model.name, name_key=model.name_key, kind="update",
        state=state, pull_request=pull, **fields,
    )  # fmt: skip
