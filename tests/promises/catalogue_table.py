"""Writes the table of docs/what-can-go-wrong.md, or of the copy of that page that is named.

Run it after a change of the catalogue: `python -m tests.promises.catalogue_table`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.promises.catalogue import CASES
from tests.promises.catalogue.table import put_table

path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "docs" / "what-can-go-wrong.md"
path.write_text(put_table(path.read_text("utf-8"), CASES), "utf-8")
