"""Shares: who else opens a file."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from domain.models.file import AccessLevel, File, Share, ShareSubject
from domain.shares.share_file import ShareSpec
from rest_compat.cloudillo.schemas.moments import MomentIn, iso, moment_of
from rest_compat.cloudillo.schemas.words import KINDS, PERMISSIONS, SUBJECTS, ours, theirs

FILE_RESOURCE = "F"


class ShareOut(Struct, kw_only=True, rename="camel"):
    """A share. resourceType: F. subjectType: U (a person), L (a link), F (a file that holds it). permission: R, C, W
    or A."""

    id: int
    resource_type: str = FILE_RESOURCE
    resource_id: str
    subject_type: str
    subject_id: str
    permission: str
    expires_at: str | UnsetType = UNSET
    created_by: str
    created_at: str
    subject_file_name: str | UnsetType = UNSET
    subject_content_type: str | UnsetType = UNSET
    subject_file_tp: str | UnsetType = UNSET

    @classmethod
    def of(cls, share: Share, resource: File, subject: File | None = None) -> ShareOut:
        return cls(
            id=share.id,
            resource_id=resource.public_id,
            subject_type=theirs(SUBJECTS, share.subject_kind),
            subject_id=share.subject,
            permission=theirs(PERMISSIONS, AccessLevel(share.level)),
            expires_at=iso(share.expires_at) if share.expires_at else UNSET,
            created_by=share.created_by,
            created_at=iso(share.created_at),
            subject_file_name=subject.name if subject else UNSET,
            subject_content_type=subject.content_type if subject else UNSET,
            subject_file_tp=theirs(KINDS, subject.kind) if subject else UNSET,
        )


class ShareIn(Struct, kw_only=True, rename="camel"):
    """To whom, and how far."""

    subject_type: str
    subject_id: str
    permission: str
    expires_at: MomentIn | None = None

    def to_spec(self) -> ShareSpec:
        """A file may be named with its tenant before it (tenant:file). InvalidInput: type, permission, time."""
        kind = ours(SUBJECTS, self.subject_type, "subjectType")
        subject = self.subject_id.rpartition(":")[2] if kind is ShareSubject.FILE else self.subject_id
        return ShareSpec(
            kind=kind,
            subject=subject,
            level=ours(PERMISSIONS, self.permission, "permission"),
            expires_at=None if self.expires_at is None else moment_of(self.expires_at, "expiresAt"),
        )


class ShareChangesIn(Struct, kw_only=True, rename="camel"):
    """What is absent stays. expiresAt null: for ever."""

    permission: str | UnsetType = UNSET
    expires_at: MomentIn | UnsetType | None = UNSET


class SharesQuery(Struct, kw_only=True, rename="camel"):
    """Which subject."""

    subject_type: str | None = None
    subject_id: str | None = None

    @property
    def kind(self) -> ShareSubject | None:
        return ours(SUBJECTS, self.subject_type, "subjectType") if self.subject_type else None
