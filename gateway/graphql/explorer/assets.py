"""What the explorer is made of: files of npm packages, each with its digest.

`make assets` fetches them into the folder `built` where npm is present. Where it was not, the page says so and links
the same files on a content delivery network; the digests hold for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("built")
NETWORK = "https://cdn.jsdelivr.net"


@dataclass(frozen=True, slots=True)
class Asset:
    """path: inside the package. integrity: as in an HTML integrity attribute."""

    package: str
    version: str
    path: str
    integrity: str

    @property
    def name(self) -> str:
        """Its file in our folder; the version is in it, so that browsers may keep it for ever."""
        stem, _, end = Path(self.path).name.partition(".")
        return f"{stem}-{self.version}.{end}"

    @property
    def is_style(self) -> bool:
        return self.path.endswith(".css")

    @property
    def remote_url(self) -> str:
        return f"{NETWORK}/npm/{self.package}@{self.version}/{self.path}"


ASSETS = (
    Asset(
        "graphiql",
        "3.9.0",
        "graphiql.min.css",
        "sha384-QMux00XgRtwRLSYIY3kw2rj1ovk5AuuliAchk+HSQbqdbGFnz9GYuqIlOqxhwCE2",
    ),
    Asset(
        "react",
        "18.3.1",
        "umd/react.production.min.js",
        "sha384-DGyLxAyjq0f9SPpVevD6IgztCFlnMF6oW/XQGmfe+IsZ8TqEiDrcHkMLKI6fiB/Z",
    ),
    Asset(
        "react-dom",
        "18.3.1",
        "umd/react-dom.production.min.js",
        "sha384-gTGxhz21lVGYNMcdJOyq01Edg0jhn/c22nsx0kyqP0TxaV5WVdsSH1fSDUf5YJj1",
    ),
    Asset(
        "graphql-ws",
        "6.4.2",
        "umd/graphql-ws.min.js",
        "sha384-mxvR4Mzbsb6QVx/9xI2gtQikQA6m8zMDBFnu3l//4/ROsWt7y2sUGWd+/tYQqDm7",
    ),
    Asset(
        "graphiql",
        "3.9.0",
        "graphiql.min.js",
        "sha384-8NGfVj4CVlqHajlZj+bPJT4thxPMHMJYn7DWK2CvtopLd02E7qsPHazniBYvVjOO",
    ),
)
"""In the order in which a page loads them."""


def are_built(folder: Path = FOLDER, wanted: Sequence[Asset] = ASSETS) -> bool:
    return all((folder / asset.name).is_file() for asset in wanted)
