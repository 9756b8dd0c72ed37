"""Identity tags: the DNS names under which persons and communities are known."""

from __future__ import annotations

import idna

from domain.errors import InvalidInput

MIN_ASCII, MAX_ASCII = 5, 62
API_LABEL = "cl-o"
"""The label in front of an id tag under which its API answers."""


def clean_id_tag(text: str) -> str:
    """The canonical form: lower-case U-labels without a final dot. InvalidInput: no DNS name of 5 to 62 characters
    (counted in ASCII), or one that starts with the label of the API."""
    tag = canonical_host(text)
    if tag is None or "." not in tag:
        raise InvalidInput(
            "An id tag is a DNS name of letters, digits and hyphens, like ada.example.org.", field="id_tag"
        )
    if not MIN_ASCII <= len(idna.encode(tag)) <= MAX_ASCII:
        raise InvalidInput(f"An id tag has {MIN_ASCII} to {MAX_ASCII} characters.", field="id_tag", limit=MAX_ASCII)
    if tag.startswith(f"{API_LABEL}."):
        raise InvalidInput(f"An id tag does not start with {API_LABEL}.", field="id_tag")
    return tag


def canonical_host(text: str) -> str | None:
    """A host name in lower-case U-labels, without its final dot; None when it is none."""
    if len(text) > 4 * MAX_ASCII:
        return None
    try:
        return idna.decode(idna.encode(text.strip().removesuffix("."), uts46=True, std3_rules=True))
    except (idna.IDNAError, UnicodeError):
        return None


def ascii_host(id_tag: str) -> str:
    """As it stands in URLs and certificates."""
    return idna.encode(id_tag).decode()
