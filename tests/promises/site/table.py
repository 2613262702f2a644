"""The table's other user: restores it and changes single customers, each by a statement that commits by itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tests.promises.site.history import Change

if TYPE_CHECKING:
    import random

    from tests.promises.site.history import Kind

_INSERT = """
INSERT INTO customer (
    provided_id, name, token, is_demo_group, emails, group_tags, properties, computed_properties, access_group,
    parent_schema_datasource_mapping, computed_parent_schema_datasource_mapping, hierarchy_level, parent_provided_id
) SELECT
    %(prefix)s || lpad(n::text, 6, '0'), 'Customer ' || n * 7919 %% 50, md5(n::text), n %% 10 = 0,
    jsonb_build_array('mail' || n || '@example.org'), '["tag"]', jsonb_build_object('seats', n %% 500), '{}', 'group',
    '{"1": "2"}', '{"1": "2"}', 'Level ' || n %% 3, CASE WHEN n %% 4 = 0 THEN 'parent-' || n %% 20 END
FROM generate_series(%(first)s::int, %(last)s) AS n ORDER BY n
"""


class Table:
    """The customers, through a connection of psycopg that commits each statement."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._made = 0
        self._alive: list[str] = []

    def restore(self, rows: int) -> None:
        """Put `rows` customers in place of all that are there, as if nothing had ever been changed."""
        self._connection.execute("TRUNCATE customer RESTART IDENTITY")
        self._connection.execute(_INSERT, {"prefix": "c-", "first": 1, "last": rows})
        self._connection.execute("VACUUM ANALYZE customer")

    def ids(self) -> list[str]:
        """Read who is there, in the order in which they were made."""
        rows = self._connection.execute("SELECT provided_id FROM customer ORDER BY id").fetchall()
        self._alive = [provided_id for (provided_id,) in rows]
        return list(self._alive)

    def change(self, kind: Kind, draw: random.Random) -> Change:
        """Make one change, and say of whom and between which moments; an id is never made twice."""
        if kind == "insert":
            self._made += 1
            provided_id = f"n-{self._made:06}"
            self._alive.append(provided_id)
            query, values = _INSERT, {"prefix": "n-", "first": self._made, "last": self._made}
        else:
            place = draw.randrange(len(self._alive))
            provided_id = self._alive[place]
            values = {"id": provided_id, "seats": draw.randrange(500)}
            if kind == "delete":
                self._alive[place] = self._alive[-1]
                self._alive.pop()
                query = "DELETE FROM customer WHERE provided_id = %(id)s"
            else:
                query = (
                    "UPDATE customer SET properties = jsonb_build_object('seats', %(seats)s::int)"
                    " WHERE provided_id = %(id)s"
                )
        begun = time.monotonic()
        changed = self._connection.execute(query, values).rowcount
        done = time.monotonic()
        assert changed == 1, (kind, provided_id, changed)
        return Change(kind, provided_id, begun, done)
