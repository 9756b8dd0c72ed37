from __future__ import annotations

from drivers.runtime.docker.pull_progress import PullProgress


def _step(layer: str, status: str, current: int = 0, total: int = 0) -> dict[str, object]:
    return {"id": layer, "status": status, "progressDetail": {"current": current, "total": total} if total else {}}


def test_layers_count_by_how_far_they_are() -> None:
    progress = PullProgress()
    steps = [
        _step("a", "Pulling fs layer"),
        _step("b", "Already exists"),
        _step("a", "Downloading", 50, 100),
        _step("a", "Download complete"),
        _step("a", "Extracting", 50, 100),
        _step("a", "Pull complete"),
    ]
    told = [progress.update(step) for step in steps]
    assert [news and news[0] for news in told] == [0, 50, 67, 85, 92, 99]
    assert told[-1] == (99, "Pulling the image: 2 of 2 layers are here.")


def test_it_never_goes_back() -> None:
    progress = PullProgress()
    progress.update(_step("a", "Pull complete"))
    assert progress.update(_step("b", "Pulling fs layer")) == (99, "Pulling the image: 1 of 2 layers are here.")
    assert progress.update(_step("b", "Waiting")) is None


def test_messages_about_the_whole_image_are_no_news() -> None:
    progress = PullProgress()
    assert progress.update({"status": "Pulling from test/image", "id": "1"}) is None
    assert progress.update({"status": "Digest: sha256:beef"}) is None


def test_a_download_of_unknown_size_is_no_fault() -> None:
    assert PullProgress().update({"id": "a", "status": "Downloading", "progressDetail": {"current": 5}}) == (
        0,
        "Pulling the image: 0 of 1 layers are here.",
    )
