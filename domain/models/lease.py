"""Leases kept in the database."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class LeaseRow(Model):
    """name held by holder until expires_at. fence grows with every change of hands and never goes back."""

    name = fields.CharField(max_length=128, primary_key=True)
    holder = fields.CharField(max_length=128)
    fence = fields.BigIntField(default=1)
    expires_at = fields.DatetimeField()

    class Meta:
        table = "lease"
