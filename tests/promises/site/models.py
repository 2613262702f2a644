"""The one table."""

from __future__ import annotations

from django.db import models


class Customer(models.Model):
    """A customer; the fields are those of Explo's "List Customers (v2)" page, and the parent that one can filter by."""

    provided_id = models.TextField(unique=True)
    name = models.TextField()
    token = models.TextField()
    is_demo_group = models.BooleanField()
    emails = models.JSONField()
    group_tags = models.JSONField()
    properties = models.JSONField()
    computed_properties = models.JSONField()
    access_group = models.TextField()
    parent_schema_datasource_mapping = models.JSONField()
    computed_parent_schema_datasource_mapping = models.JSONField()
    hierarchy_level = models.TextField()
    parent_provided_id = models.TextField(null=True)  # noqa: DJ001 - there is none, which is not an empty one

    class Meta:  # noqa: D106 - the framework's word
        db_table = "customer"

    def __str__(self) -> str:
        return str(self.provided_id)
