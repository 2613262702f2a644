"""What the state of a watch is in SQLite, and what is asked of it."""

from __future__ import annotations

VERSION = 1
APPLICATION = 0x45785761
"""Tells a state from other SQLite files."""

TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE customers (id TEXT NOT NULL PRIMARY KEY, row BLOB NOT NULL);
CREATE TABLE told (
    id TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, before BLOB, row BLOB NOT NULL, fields TEXT NOT NULL,
    removed INTEGER NOT NULL, seq INTEGER
);
CREATE INDEX told_in_order ON told (seq);
CREATE TABLE absent (id TEXT NOT NULL PRIMARY KEY, lists INTEGER NOT NULL) WITHOUT ROWID;
"""
"""`customers` is what is acknowledged, `told` what was told since, `absent` how many exact lists running lacked whom.

`told.seq` is the place of the event, NULL where it was told in an earlier round and is still to be told again.
"""
ARRIVING = """
DROP TABLE IF EXISTS temp.arriving;
CREATE TEMP TABLE arriving (id TEXT NOT NULL PRIMARY KEY, row BLOB NOT NULL);
"""
ARRIVED = """
DROP TABLE IF EXISTS temp.listed;
ALTER TABLE temp.arriving RENAME TO listed;
"""
"""A list is what it is once all of it is there: until then the one before stays."""
_NEW = "main.told WHERE id NOT IN (SELECT id FROM main.customers)"
_KNOWN = f"SELECT id FROM main.customers UNION ALL SELECT id FROM {_NEW}"  # noqa: S608 -- no word of others
"""Whoever the consumer may know, each once."""
_UNLISTED = "id NOT IN (SELECT id FROM temp.listed)"
_ABSENT = f"SELECT id FROM main.customers WHERE {_UNLISTED} UNION ALL SELECT id FROM {_NEW} AND {_UNLISTED}"  # noqa: S608
COUNT_KNOWN = f"SELECT count(*) FROM ({_KNOWN})"  # noqa: S608
COUNT_ABSENT = f"SELECT count(*) FROM ({_ABSENT})"  # noqa: S608
COUNT_LISTED = "SELECT count(*) FROM temp.listed"
COUNT_CONFIRMED = "SELECT count(*) FROM main.absent WHERE lists >= ?"
FORGET_PLACES = "UPDATE main.told SET seq = NULL WHERE seq IS NOT NULL"
FORGET_ABSENCES = "DELETE FROM main.absent WHERE id IN (SELECT id FROM temp.listed)"
NOTE_ABSENCES = f"""
INSERT INTO main.absent SELECT id, 1 FROM ({_ABSENT}) WHERE true ON CONFLICT (id) DO UPDATE SET lists = lists + 1
"""  # noqa: S608
NOTE_BEGUN = "INSERT OR REPLACE INTO main.about VALUES ('begun', 'yes')"
TAKE_AS_KNOWN = "INSERT INTO main.customers SELECT id, row FROM temp.listed ORDER BY rowid"
_PENDING = "told.kind, told.before, told.row, told.fields, told.removed"
DIFFERING = f"""
SELECT listed.rowid, listed.id, listed.row, customers.row, {_PENDING}
FROM temp.listed LEFT JOIN main.customers USING (id) LEFT JOIN main.told USING (id)
WHERE listed.rowid > ? AND (customers.row IS NOT listed.row OR told.id IS NOT NULL) ORDER BY listed.rowid LIMIT ?
"""  # noqa: S608
"""Whom the list has, and not as acknowledged, or of whom something is pending; those after a place in the list."""
GONE = f"""
SELECT absent.id, absent.id, NULL, customers.row, {_PENDING}
FROM main.absent LEFT JOIN main.customers USING (id) LEFT JOIN main.told USING (id)
WHERE absent.id > ? AND absent.lists >= ? ORDER BY absent.id LIMIT ?
"""  # noqa: S608
"""Whom so many lists running lacked; those after an id."""
TELL = "INSERT OR REPLACE INTO main.told VALUES (?, ?, ?, ?, ?, ?, ?)"
TOLD = "SELECT seq, id, kind, before, row, fields, removed FROM main.told WHERE seq > ? ORDER BY seq LIMIT ?"
ACKNOWLEDGE = (
    "INSERT OR REPLACE INTO main.customers SELECT id, row FROM main.told WHERE seq <= ? AND kind <> 'removed'",
    "DELETE FROM main.customers WHERE id IN (SELECT id FROM main.told WHERE seq <= ? AND kind = 'removed')",
    "DELETE FROM main.absent WHERE id IN (SELECT id FROM main.told WHERE seq <= ? AND kind = 'removed')",
    "DELETE FROM main.told WHERE seq <= ?",
)
