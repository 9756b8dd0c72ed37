"""What the coverage page counts: the samples of the walk, and the scenarios of the file rooms."""

from __future__ import annotations

import re
from collections.abc import Iterator

from starlette.routing import compile_path

from rest_compat._kit.coverage import Proof
from rest_compat._kit.dialect import STANDARD
from rest_compat.cloudillo.routes import DIALECT
from tests.rest_compat.cloudillo.file_refusals import BAD
from tests.rest_compat.cloudillo.file_scenarios import GOOD
from tests.rest_compat.cloudillo.samples import SAMPLES

TEMPLATES = sorted(
    {(endpoint.method, path) for endpoint in DIALECT.endpoints for path in endpoint.paths},
    key=lambda one: tuple(segment.startswith("{") for segment in one[1].split("/")),
)
PATTERNS = [(method, path, compile_path(path)[0]) for method, path in TEMPLATES]


def proofs() -> Iterator[Proof]:
    for sample in SAMPLES:
        yield Proof(sample.method, sample.path, STANDARD, "success")
    asked = [(good.method, good.path, str(good)) for good in GOOD] + [(bad.method, bad.path, str(bad)) for bad in BAD]
    for method, path, shows in asked:
        template = template_of(method, path)
        if template is not None:
            yield Proof(method, template, STANDARD, shows)


def template_of(method: str, path: str) -> str | None:
    """The endpoint that a scenario's path is about; None for one that is about no endpoint."""
    plain = re.sub(r"{[^}]*}", "x", path.partition("?")[0])
    return next((found for known, found, pattern in PATTERNS if known == method and pattern.match(plain)), None)
