"""Blocking work off the event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from drivers.runtime.process.faults import plain_words

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run it in a thread; an OSError comes back in the domain's words.

    Cancelled, it still waits for the thread: what holds a lock must not let go while the work goes on.
    """
    work = asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
    with plain_words():
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            while not work.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait([work])
            raise
