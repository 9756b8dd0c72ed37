"""What a job is handed: its operation, a record of steps already done, progress and the wish to cancel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.queryset import QuerySet

from domain.errors import Conflict, DomainError
from domain.events import operation_changed
from domain.models.operation import Operation, OperationState, OperationStep
from domain.ports import Ports
from domain.text import plain_text
from domain.unit import unit_of_work


class Cancelled(Conflict):
    """Raised inside a job at its next safe point after a client asked to cancel."""


class LeaseLost(Exception):
    """Another worker has the job now: stop at once and write nothing."""


@dataclass(slots=True)
class Job:
    """One attempt at one operation."""

    ports: Ports
    operation: Operation

    @property
    def instance_id(self) -> UUID:
        assert self.operation.instance_id is not None
        return self.operation.instance_id

    async def once(self, step: str, act: Callable[[], Awaitable[dict[str, Any] | None]]) -> dict[str, Any] | None:
        """Do a step that must not be done twice: a resumed job gets the recorded result instead.

        The step's effect and its record are two writes; act() must therefore bear being repeated if the process died
        between them, which is what the runtime port's idempotent calls are for.
        """
        done = await OperationStep.get_or_none(operation_id=self.operation.id, name=step)
        if done is not None:
            return done.result
        await self.check_cancelled()
        result = await act()
        try:
            await OperationStep.create(operation_id=self.operation.id, name=step, result=result)
        except IntegrityError as exc:
            raise LeaseLost from exc
        return result

    async def progress(self, percent: int | None, text: str) -> None:
        """Tell watchers how far it is; told at most once per percent."""
        if (percent, text) == (self.operation.progress, self.operation.progress_text):
            return
        if percent is not None and percent == self.operation.progress:
            return
        async with unit_of_work(self.ports) as unit:
            fresh = await self._own_row(hold=True)
            fresh.progress, fresh.progress_text = percent, plain_text(text)
            fresh.revision += 1
            await fresh.save(update_fields=["progress", "progress_text", "revision"])
            unit.emit(operation_changed(fresh))
        self.operation = fresh

    async def check_cancelled(self) -> None:
        """A safe point: raises Cancelled when a client asked for it, LeaseLost when the job is no longer ours."""
        fresh = await self._own_row()
        if fresh.cancel_requested:
            raise Cancelled("The operation was cancelled.")

    async def check_ours(self) -> None:
        """LeaseLost when another worker has the job by now; ask before anything that would undo its work."""
        await self._own_row()

    async def _own_row(self, *, hold: bool = False) -> Operation:
        """hold: until the transaction ends, so that a cancel at the same moment is not overwritten."""
        mine = own_row(self.operation)
        found = await (mine.select_for_update() if hold else mine).get_or_none()
        if found is None:
            raise LeaseLost
        return found


def own_row(operation: Operation) -> QuerySet[Operation]:
    """The operation's row, as long as this attempt at it is the running one."""
    return Operation.filter(
        id=operation.id, worker=operation.worker, attempts=operation.attempts, state=OperationState.RUNNING
    )


Run = Callable[[Job], Awaitable[dict[str, Any] | None]]
OnFailure = Callable[[Job, DomainError], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class JobKind:
    """run: does the work, safe to run again; its dict is the operation's result. on_failure: cleans up after the last
    attempt or a cancel, before the operation is marked; may be run again, too. cancellable: whether cancel is heard."""

    run: Run
    on_failure: OnFailure | None = None
    cancellable: bool = True
