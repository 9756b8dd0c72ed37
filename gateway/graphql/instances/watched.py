"""What is reported about an instance while it runs: log lines, figures, console output, a command's result."""

from __future__ import annotations

from datetime import datetime

import strawberry

from domain.ports.runtime import LogLine
from gateway.graphql.scalars import BigInt


@strawberry.type(description="One line of an instance's log.")
class InstanceLogLine:
    cursor: str = strawberry.field(description="Its place: a later subscription resumes after it. Opaque.")
    at: datetime = strawberry.field(description="When it was written.")
    stream: str = strawberry.field(description="stdout, stderr, or console where the two are one.")
    text: str = strawberry.field(description="The line, without its end.")
    recovered: bool | None = strawberry.field(
        description="On the first line of a subscription that resumed: whether everything after the cursor is there. "
        "Null on all others."
    )

    @classmethod
    def of(cls, line: LogLine, recovered: bool | None) -> InstanceLogLine:
        return cls(cursor=line.cursor, at=line.at, stream=line.stream, text=line.text, recovered=recovered)


@strawberry.type(description="What an instance uses at one moment.")
class InstanceStats:
    at: datetime = strawberry.field(description="When it was measured.")
    cpu_millis: int = strawberry.field(description="Processor used since the last sample, in thousandths of a core.")
    memory_bytes: BigInt = strawberry.field(description="Memory in use, in bytes.")
    memory_limit_bytes: BigInt = strawberry.field(description="Memory it may use, in bytes.")
    network_received_bytes: BigInt = strawberry.field(description="Received since it started, in bytes.")
    network_sent_bytes: BigInt = strawberry.field(description="Sent since it started, in bytes.")
    disk_read_bytes: BigInt = strawberry.field(description="Read from disk since it started, in bytes.")
    disk_written_bytes: BigInt = strawberry.field(description="Written to disk since it started, in bytes.")
    process_count: int = strawberry.field(description="How many processes it runs.")


@strawberry.type(description="What an instance's terminal printed.")
class ConsoleOutput:
    text: str = strawberry.field(
        description="The output as text; a character that is cut between two items comes whole with the second."
    )
    data: str = strawberry.field(description="The same bytes, exactly, in base64.")


@strawberry.type(name="CommandResult", description="What a command did.")
class CommandResultType:
    exit_code: int = strawberry.field(description="Its exit code; 0 is success.")
    stdout: str = strawberry.field(description="What it printed.")
    stderr: str = strawberry.field(description="What it printed as errors.")
    truncated: bool = strawberry.field(description="Whether it printed more than was kept.")
