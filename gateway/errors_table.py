"""How each error is said at each door: the text of ERRORS.md, made from the maps themselves."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterable, Iterator
from enum import Enum

from domain.errors import ERROR_KINDS, DomainError
from gateway.graphql.errors import GraphQLCode
from gateway.http.errors import STATUS
from gateway.http.hosts import DIALECTS
from realtime.close_codes import CloseCode, close_code_of, may_retry
from rest_compat._kit.dialect import Dialect

HEAD = """# Errors

Made by `python -m gateway.errors_table > ERRORS.md`; a test holds it true.

Every fault is one of these kinds, chosen where it is found; each door says it in its own words. The code is stable. A
message may be shown to people and carries no paths, SQL or secrets. Anything unforeseen is `INTERNAL`, with a request
id (header `X-Request-ID`) under which the log tells the rest.

- HTTP: status at paths of no dialect, body `{"error": {"code", "message", "requestId"}}`.
- GraphQL: `errors[].extensions.code`, with `details` and `requestId` beside it; the HTTP status is GraphQL's own.
- Sockets: the close code when the fault ends a socket. *retry* marks those after which connecting again may help.
- Dialects: their status; an endpoint may have words or a number of its own (the dialect's page at `/docs` shows all).
"""


def markdown() -> str:
    """The text of ERRORS.md."""
    parts = [HEAD, *_kinds(), "", "## Codes of GraphQL alone", "", *_said("code", GraphQLCode)]
    parts += ["", "## Close codes of sockets", "", *_said("code", CloseCode)]
    return "\n".join(parts) + "\n"


def _kinds() -> Iterator[str]:
    columns = [(dialect, flavour) for dialect in DIALECTS.values() for flavour in dialect.flavours]
    heads = [f"{dialect.title}, `{flavour}`" for dialect, flavour in columns]
    yield _line(["code", "meaning", "HTTP", "GraphQL", "socket", *heads])
    yield _line(["---"] * (5 + len(heads)))
    for kind in ERROR_KINDS:
        dialects = [_status(dialect, flavour, kind) for dialect, flavour in columns]
        yield _line([f"`{kind.code}`", _meaning(kind), str(STATUS[kind]), f"`{kind.code}`", _close(kind), *dialects])
    dialects = [_status(dialect, flavour, DomainError) for dialect, flavour in columns]
    internal = [
        f"`{DomainError.code}`",
        "A fault of ours.",
        "500",
        f"`{GraphQLCode.INTERNAL.value}`",
        _close(DomainError),
    ]
    yield _line([*internal, *dialects])


def _status(dialect: Dialect, flavour: str, kind: type[DomainError]) -> str:
    return str(dialect.answer_to(_example(kind), None, flavour).status)


def _close(kind: type[DomainError]) -> str:
    code = close_code_of(_example(kind))
    return f"{code.value}{' retry' if may_retry(code) else ''}"


def _example(kind: type[DomainError]) -> DomainError:
    named = inspect.signature(kind.__init__).parameters
    return kind("", **({"retry_after_s": 1.0} if "retry_after_s" in named else {}))


def _meaning(kind: type[DomainError]) -> str:
    return (inspect.getdoc(kind) or "").splitlines()[0]


def _said(head: str, codes: type[Enum]) -> Iterator[str]:
    yield _line([head, "meaning"])
    yield _line(["---"] * 2)
    for name, meaning in _docstrings(codes):
        member = codes[name]
        yield _line([f"`{member.value}`", meaning or member.name.lower().replace("_", " ")])


def _docstrings(codes: type[Enum]) -> Iterator[tuple[str, str]]:
    """Members in order with the text below them, which Python itself does not keep."""
    body = ast.parse(textwrap.dedent(inspect.getsource(codes))).body[0]
    assert isinstance(body, ast.ClassDef)
    for here, after in zip(body.body, [*body.body[1:], ast.Pass()], strict=True):
        if isinstance(here, ast.Assign) and isinstance(here.targets[0], ast.Name):
            text = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
            yield here.targets[0].id, str(text)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(markdown())
