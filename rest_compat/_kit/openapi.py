"""The OpenAPI 3.1 document of a dialect, from its table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from rest_compat._kit.answer import Answer
from rest_compat._kit.body import FORM
from rest_compat._kit.dialect import Dialect, Endpoint
from rest_compat._kit.outcomes import Outcome, body_of, outcomes_of, shape_of, told

JSON = "application/json"
PLACEHOLDER = re.compile(r"{(\w+)}")
_MODULE = re.compile(r"[\w.]+\.(?=\w)")
_REFERENCE = "#/components/schemas/{name}"

Json = dict[str, Any]
IDEMPOTENCY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "description": "The same request again, within 24 hours, gets the same reply and is not carried out again.",
}


def document(dialect: Dialect, server: str = "") -> Json:
    """The whole document. server: the prefix under which the dialect stands."""
    schemas = Schemas(dialect)
    paths: dict[str, Json] = {}
    for endpoint in dialect.endpoints:
        for path in endpoint.paths:
            paths.setdefault(path, {})[endpoint.method.lower()] = _operation(dialect, endpoint, path, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": dialect.title, "version": dialect.version, "description": dialect.description},
        "servers": [{"url": server or "/"}],
        "security": [{name: []} for name in dialect.security],
        "paths": paths,
        "components": {"schemas": schemas.components, "securitySchemes": dict(dialect.security)},
    }


class Schemas:
    """The JSON schemas of every shape the dialect speaks."""

    def __init__(self, dialect: Dialect) -> None:
        shapes = [shape for endpoint in dialect.endpoints for shape in _shapes(dialect, endpoint)]
        unique = {repr(shape): shape for shape in shapes}
        found, components = msgspec.json.schema_components(list(unique.values()), ref_template=_REFERENCE)
        names = _readable(components, {module for shape in unique for module in _MODULE.findall(shape)})
        self.components: dict[str, Json] = _renamed({names[name]: one for name, one in components.items()}, names)
        self._by_shape: dict[str, Json] = dict(zip(unique, _renamed(list(found), names), strict=True))

    def of(self, shape: Any) -> Json:
        return self._by_shape[repr(shape)]


def _readable(components: Iterable[str], modules: Iterable[str]) -> dict[str, str]:
    """Names without modules and the brackets' underscores: Envelope_list_NoteOut; what would collide stays as it is."""
    prefix = re.compile("|".join(re.escape(module) for module in sorted(modules, key=len, reverse=True)) or "$")
    short = {name: re.sub("_{2,}", "_", prefix.sub("", name)).strip("_") for name in components}
    taken = Counter(short.values())
    return {name: new if taken[new] == 1 else name for name, new in short.items()}


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    """The same schema, its references by the new names."""
    if isinstance(node, list):
        return [_renamed(one, names) for one in node]
    if not isinstance(node, dict):
        return node
    renamed = {key: _renamed(value, names) for key, value in node.items()}
    if isinstance(reference := node.get("$ref"), str):
        renamed["$ref"] = _REFERENCE.format(name=names[reference.rpartition("/")[2]])
    return renamed


def _shapes(dialect: Dialect, endpoint: Endpoint) -> list[Any]:
    shapes = [shape for shape in (endpoint.body, endpoint.query) if shape is not None]
    for outcome in outcomes_of(dialect, endpoint):
        shapes += [shape_of(dialect, outcome, answer) for answer in outcome.by_flavour.values()]
    return shapes


def _operation(dialect: Dialect, endpoint: Endpoint, path: str, schemas: Schemas) -> Json:
    summary, description = told(endpoint)
    old = path != endpoint.path
    name = f"{endpoint.handler.__name__}{'_' + str(endpoint.paths.index(path)) if old else ''}"
    operation: Json = {"operationId": name, "summary": summary}
    if old:
        operation |= {"deprecated": True}
        description = f"Kept for old clients; the same as {endpoint.path}. {description}".strip()
    if description:
        operation["description"] = description
    if endpoint.tag:
        operation["tags"] = [endpoint.tag]
    parameters = [*_path_parameters(path), *_query_parameters(endpoint, schemas)]
    if endpoint.method == "POST" and not endpoint.public:
        parameters.append(IDEMPOTENCY)
    if parameters:
        operation["parameters"] = parameters
    if endpoint.body is not None:
        content = {"schema": schemas.of(endpoint.body)}
        operation["requestBody"] = {"required": True, "content": {JSON: content, FORM: content}}
    if endpoint.public:
        operation["security"] = []
    elif endpoint.guests:
        operation["security"] = [{}, *({name: []} for name in dialect.security)]
    operation["responses"] = _responses(dialect, endpoint, schemas)
    return operation


def _path_parameters(path: str) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in PLACEHOLDER.findall(path)
    ]


def _query_parameters(endpoint: Endpoint, schemas: Schemas) -> list[Json]:
    if endpoint.query is None:
        return []
    properties = schemas.components[endpoint.query.__name__]["properties"]
    return [
        {
            "name": field.encode_name,
            "in": "query",
            "required": field.required,
            "schema": properties[field.encode_name],
        }
        for field in msgspec.structs.fields(endpoint.query)
    ]


def _responses(dialect: Dialect, endpoint: Endpoint, schemas: Schemas) -> Json:
    by_status: dict[int, list[tuple[str, Outcome, Answer]]] = {}
    for outcome in outcomes_of(dialect, endpoint):
        for answer, flavours in _by_answer(outcome):
            note = "" if len(flavours) == len(dialect.flavours) else f" (flavour {', '.join(flavours)})"
            by_status.setdefault(answer.status, []).append((note, outcome, answer))
    return {str(status): _response(dialect, by_status[status], schemas) for status in sorted(by_status)}


def _by_answer(outcome: Outcome) -> list[tuple[Answer, list[str]]]:
    """Answers of one outcome, those that are alike in several flavours once."""
    alike: list[tuple[Answer, list[str]]] = []
    for flavour, answer in outcome.by_flavour.items():
        same = next((flavours for known, flavours in alike if known == answer), None)
        if same is None:
            alike.append((answer, [flavour]))
        else:
            same.append(flavour)
    return alike


def _response(dialect: Dialect, rows: list[tuple[str, Outcome, Answer]], schemas: Schemas) -> Json:
    told_of = dict.fromkeys(f"{answer.meaning}{note}" for note, _, answer in rows)
    found = {repr(shape_of(dialect, outcome, answer)): (outcome, answer) for _, outcome, answer in rows}
    shapes = [schemas.of(shape_of(dialect, outcome, answer)) for outcome, answer in found.values()]
    media = rows[0][2].media
    content: Json = {"schema": shapes[0] if len(shapes) == 1 else {"anyOf": shapes}}
    examples = _examples(dialect, rows)
    if examples:
        content["examples"] = examples
    return {"description": " · ".join(told_of), "content": {media: content}}


def _examples(dialect: Dialect, rows: list[tuple[str, Outcome, Answer]]) -> Json:
    examples: Json = {}
    for note, _, answer in rows:
        value = body_of(dialect, answer)
        if value is not None and value not in [known["value"] for known in examples.values()]:
            summary = f"{answer.meaning}{note}"
            examples[f"example{len(examples) + 1}"] = {"summary": summary, "value": value}
    return examples
