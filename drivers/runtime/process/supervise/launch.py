"""What the driver asks a supervisor to run: launch.json in the instance's run folder, readable by us alone."""

from __future__ import annotations

import json
import os

FILE_NAME = "launch.json"


class Launch:
    """One run. Its attributes are the JSON keys.

    command: argv of the main process. env: its whole environment. data_folder: its working folder outside a sandbox.
    bwrap: path of bubblewrap, None to run without; sandbox_args: mounts and names inside; inside_program: where
    inside.py stands there. nice: added to our own. grace_s: for the day the supervisor itself is asked to end.
    """

    run_id: str
    command: list[str]
    env: dict[str, str]
    data_folder: str
    log_folder: str
    bwrap: str | None
    sandbox_args: list[str]
    inside_program: str
    memory_bytes: int
    nice: int
    grace_s: float
    log_segment_bytes: int
    log_segments: int

    def __init__(self, **values: object) -> None:
        for name in self.__annotations__:
            setattr(self, name, values[name])

    def save(self, run_folder: str) -> None:
        """As a whole: a supervisor that is just starting reads the old one or this one."""
        path = os.path.join(run_folder, FILE_NAME)
        draft = f"{path}.{self.run_id}"
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(fd, "w") as file:
            json.dump(vars(self), file)
        os.replace(draft, path)

    @classmethod
    def load(cls, run_folder: str) -> Launch:
        with open(os.path.join(run_folder, FILE_NAME)) as file:
            return cls(**json.load(file))
