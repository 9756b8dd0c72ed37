"""From the engine's messages about layers to one percentage and one sentence."""

from __future__ import annotations

from typing import Any

_DOWNLOAD_SHARE = 0.7
_STEPS = {
    "Pulling fs layer": 0.0,
    "Waiting": 0.0,
    "Verifying Checksum": _DOWNLOAD_SHARE,
    "Download complete": _DOWNLOAD_SHARE,
    "Pull complete": 1.0,
    "Already exists": 1.0,
}


class PullProgress:
    """Counts layers, downloading as 70 % of each; the percentage never goes back and leaves 100 to the end."""

    def __init__(self) -> None:
        self._layers: dict[str, float] = {}
        self._percent: int | None = None
        self._told: tuple[int | None, str] | None = None

    def update(self, message: dict[str, Any]) -> tuple[int | None, str] | None:
        """What to tell after this message; None when it is what was told last."""
        layer, status = message.get("id"), str(message.get("status", ""))
        share = _share(status, message.get("progressDetail") or {})
        if layer is None or share is None:
            return None
        self._layers[layer] = max(share, self._layers.get(layer, 0.0))
        percent = min(int(100 * sum(self._layers.values()) / len(self._layers)), 99)
        self._percent = max(percent, self._percent or 0)
        done = sum(share == 1.0 for share in self._layers.values())
        news = (self._percent, f"Pulling the image: {done} of {len(self._layers)} layers are here.")
        if news == self._told:
            return None
        self._told = news
        return news


def _share(status: str, detail: dict[str, Any]) -> float | None:
    """How much of a layer is done (0 to 1); None for messages that are not about a layer's way."""
    fraction = detail.get("current", 0) / detail["total"] if detail.get("total") else 0.0
    if status == "Downloading":
        return _DOWNLOAD_SHARE * min(fraction, 1.0)
    if status == "Extracting":
        return _DOWNLOAD_SHARE + (1 - _DOWNLOAD_SHARE) * min(fraction, 0.99)
    return _STEPS.get(status)
