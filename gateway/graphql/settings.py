"""Everything about the GraphQL door that an operator may turn."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class GraphQLSettings(BaseModel):
    """Limits hold for every transport. A rate of 0 requests means no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    introspection: bool = Field(default=True, description="Whether clients may ask for the schema.")
    explorer: bool = Field(
        default=True, description="Whether a browser that opens /graphql gets the GraphiQL explorer."
    )
    max_depth: int = Field(default=16, ge=1, description="How deep selections may be nested.")
    max_aliases: int = Field(default=64, ge=0, description="How many fields of one document may be renamed.")
    max_tokens: int = Field(default=4_000, ge=1, description="How many lexical tokens a document may have.")
    max_cost: int = Field(
        default=50_000,
        ge=1,
        description="The highest cost of one operation: its fields, multiplied by the sizes of lists.",
    )
    max_body_bytes: int = Field(
        default=1 << 20, ge=1, description="The longest request body or socket message, in bytes; files beside."
    )
    max_upload_bytes: int = Field(
        default=128 << 20, ge=1, description="What the files of one multipart request may have together, in bytes."
    )
    max_upload_files: int = Field(default=10, ge=1, description="How many files one multipart request may have.")
    cached_documents: int = Field(default=1_000, ge=1, description="How many checked documents are kept.")
    socket_operations: int = Field(default=100, ge=1, description="How many operations one socket may run at a time.")
    init_timeout_s: float = Field(default=10.0, gt=0, description="Seconds a socket may take to send connection_init.")
    stream_heartbeat_s: float = Field(
        default=12.0, gt=0, description="Seconds between signs of life on an event stream."
    )
    allowed_origins: tuple[str, ...] = Field(
        default=(), description="Origins besides the server's own from which a cookie is accepted."
    )
    requests: int = Field(
        default=6_000, ge=0, description="Operations one credential (or address) may send per rate_per_s."
    )
    rate_per_s: float = Field(default=60.0, gt=0, description="The window of the request rate, in seconds.")
