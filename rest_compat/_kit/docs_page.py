"""A dialect's reference as one HTML page, made from its OpenAPI document here: nothing is fetched from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

Json = dict[str, Any]

STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8882}
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:0 auto;padding:1.5rem}
h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}
section{border:1px solid var(--line);border-radius:8px;padding:.25rem 1rem 1rem;margin:1rem 0}
section h3{font:600 1rem ui-monospace,monospace;overflow-wrap:anywhere}
.method{display:inline-block;min-width:4.5rem}
.old{opacity:.65}
code,pre{font:.875rem ui-monospace,monospace;background:var(--soft);border-radius:4px}
code{padding:.1rem .3rem}pre{padding:.6rem;white-space:pre-wrap;overflow-wrap:anywhere;margin:.3rem 0}
table{border-collapse:collapse;width:100%}
td,th{border-top:1px solid var(--line);padding:.35rem .5rem;text-align:left;vertical-align:top}
nav a{margin-right:1rem;white-space:nowrap}
"""


def docs_page(document: Json, openapi_url: str) -> str:
    """The page. openapi_url: where the document itself is."""
    info = document["info"]
    body = "".join(
        [
            f"<h1>{escape(info['title'])}</h1>",
            "".join(f"<p>{escape(part)}</p>" for part in info["description"].split("\n\n")),
            f'<p>Version {escape(info["version"])} · <a href="{escape(openapi_url)}">OpenAPI 3.1 document</a></p>',
            *_security(document),
            *_contents(document),
            *_sections(document),
            *_schemas(document),
        ]
    )
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(info["title"])}'
    return f'<!doctype html><html lang="en"><head>{head}</title><style>{STYLE}</style></head><body>{body}</body></html>'


def _security(document: Json) -> Iterator[str]:
    for name, scheme in document["components"]["securitySchemes"].items():
        where = f"{scheme.get('in', scheme.get('scheme', ''))} <code>{escape(scheme.get('name', name))}</code>"
        yield f"<p>Credential: {where}. {escape(scheme.get('description', ''))}</p>"


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _contents(document: Json) -> Iterator[str]:
    yield "<nav>"
    for tag in dict.fromkeys(_tag(operation) for _, _, operation in _operations(document)):
        yield f'<a href="#{escape(tag)}">{escape(tag)}</a>'
    yield '<a href="#shapes">Shapes</a></nav>'


def _sections(document: Json) -> Iterator[str]:
    by_tag: dict[str, list[str]] = {}
    for method, path, operation in _operations(document):
        by_tag.setdefault(_tag(operation), []).append(_section(method, path, operation))
    for tag, sections in by_tag.items():
        yield f'<h2 id="{escape(tag)}">{escape(tag)}</h2>' + "".join(sections)


def _section(method: str, path: str, operation: Json) -> str:
    old = ' class="old"' if operation.get("deprecated") else ""
    parts = [
        f'<section{old} id="{escape(operation["operationId"])}">',
        f'<h3><span class="method">{method}</span> {escape(path)}</h3>',
        f"<p>{escape(operation['summary'])}</p>",
        f"<p>{escape(operation['description'])}</p>" if "description" in operation else "",
        "<p>No credential is needed.</p>" if operation.get("security") == [] else "",
        _parameters(operation),
        _request(operation),
        _responses(operation),
        "</section>",
    ]
    return "".join(parts)


def _parameters(operation: Json) -> str:
    rows = [
        f"<tr><td><code>{escape(p['name'])}</code>{'' if p['required'] else ' (optional)'}</td><td>{p['in']}</td>"
        f"<td>{_type(p['schema'])}</td><td>{escape(p.get('description', ''))}</td></tr>"
        for p in operation.get("parameters", [])
    ]
    head = "<tr><th>Parameter</th><th>In</th><th>Type</th><th></th></tr>"
    return f"<table>{head}{''.join(rows)}</table>" if rows else ""


def _request(operation: Json) -> str:
    if "requestBody" not in operation:
        return ""
    forms = operation["requestBody"]["content"]
    kinds = " or ".join(f"<code>{escape(kind)}</code>" for kind in forms)
    schema = next(iter(forms.values()))["schema"]
    return f"<p>Body: {_type(schema)} as {kinds}</p>"


def _responses(operation: Json) -> str:
    rows = "".join(
        f"<tr><td><code>{status}</code></td><td>{escape(response['description'])}{_content(response)}</td></tr>"
        for status, response in operation["responses"].items()
    )
    return f"<table><tr><th>Status</th><th>Answer</th></tr>{rows}</table>"


def _content(response: Json) -> str:
    content = response.get("content", {}).get("application/json")
    if content is None:
        return ""
    examples = [example["value"] for example in content.get("examples", {}).values()]
    shown = "".join(f"<pre>{escape(json.dumps(value, ensure_ascii=False))}</pre>" for value in examples)
    return f"<br>{_type(content['schema'])}{shown}"


def _schemas(document: Json) -> Iterator[str]:
    yield '<h2 id="shapes">Shapes</h2>'
    for name, schema in document["components"]["schemas"].items():
        required = schema.get("required", [])
        rows = "".join(
            f"<tr><td><code>{escape(field)}</code>{'' if field in required else ' (optional)'}</td>"
            f"<td>{_type(inner)}</td><td>{escape(inner.get('description', ''))}</td></tr>"
            for field, inner in schema.get("properties", {}).items()
        )
        about = escape(schema.get("description", ""))
        yield f'<section id="shape-{escape(name)}"><h3>{escape(name)}</h3><p>{about}</p><table>{rows}</table></section>'


def _type(schema: Json | bool) -> str:
    """A schema in a few words, with links to named shapes."""
    if isinstance(schema, bool):
        return "any value"
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[1])
        return f'<a href="#shape-{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(inner) for inner in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}" if isinstance(schema.get("items"), dict) else "list"
    return escape(str(schema.get("type", "any value")))


def _tag(operation: Json) -> str:
    tags: list[str] = operation.get("tags", ["Endpoints"])
    return tags[0]
