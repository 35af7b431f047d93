"""The page of the API: what can be asked of it, made of its OpenAPI document."""

from __future__ import annotations

from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import Response

from laughtrack.analytics.web.rendering import page

router = APIRouter(include_in_schema=False)


class Operation(NamedTuple):
    """Something that can be asked: `asks` are (name, type, description) of its parameters."""

    method: str
    path: str
    summary: str
    asks: list[tuple[str, str, str]]
    answers: list[tuple[str, str]]

    @property
    def opens(self) -> bool:
        """Whether a browser can show it as it is."""
        return self.method == "GET" and "{" not in self.path


@router.get("/api")
def show(request: Request) -> Response:
    """Show what can be asked."""
    document = request.app.openapi()
    return page(request, "api.html", parts=parts(document), address=request.app.openapi_url)


def parts(document: dict[str, Any]) -> dict[str, list[Operation]]:
    """Return the operations of an OpenAPI document by their first tag, in its order."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            tag = told.get("tags", ["others"])[0]
            found.setdefault(tag, []).append(_operation(method, path, told))
    return found


def _operation(method: str, path: str, told: dict[str, Any]) -> Operation:
    asks = [
        (each["name"], _kind(each["schema"]), each.get("description", ""))
        for each in told.get("parameters", ())
    ]
    answers = [(status, each["description"]) for status, each in told["responses"].items()]
    return Operation(method.upper(), path, told["description"], asks, sorted(answers))


def _kind(schema: dict[str, Any]) -> str:
    """Say in words what a parameter may be."""
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    kinds = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    names = [str(each.get("type", "")) for each in kinds]
    default = schema.get("default")
    said = " or ".join(names)
    return said if default in (None, "") else f"{said}, {default} by default"
