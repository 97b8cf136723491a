"""The fleet page, and what is seen of servers."""

from __future__ import annotations

from models_registry.models import ServerList
from models_registry.pages import fleet as fleet_page


def seen(place: str, model_type: str = "llm", revision: int | None = 1, **fields) -> None:
    ServerList.objects.create(
        how=fields.pop("how", "download"), place=place, model_type=model_type, revision=revision,
        **fields,
    )  # fmt: skip


def shown(client, query: str = "") -> str:
    answer = client.get(f"/launch_model/fleet{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def cells(**filters) -> dict[str, dict[str, str]]:
    found = fleet_page.read(fleet_page.FleetFilters(**filters))
    return {
        one.place: {
            model_type: cell.label
            for (model_type, _, _), cell in zip(found.columns, one.cells, strict=True)
            if cell
        }
        for one in found.rows(0, found.count)
    }
