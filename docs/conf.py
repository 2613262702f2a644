"""How Sphinx makes the pages; `nox --sessions docs` runs it."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "explo_async"
author = "The explo_async authors"
release = metadata.version("explo-async")
extensions = ["myst_parser", "sphinx.ext.autodoc", "docstrings"]
exclude_patterns = ["_build", "_extensions"]

html_theme = "furo"
html_title = f"explo_async {release}"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
html_show_copyright = False

myst_heading_anchors = 3

# Some 450 MB, to tell that a class is a data source.
autodoc_mock_imports = ["pyspark"]
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
nitpick_ignore_regex = [
    # What other projects document; their inventories would have to come from the network.
    (r"py:.*", r"(aiohttp|builtins|collections|datetime|metrics|os|pa|pathlib|pyarrow|ssl|types|typing|yarl)\..*"),
    # What only those meet who write a fault of their own; a name for "customers, or the path of an export", and one for
    # three words that stand where it does.
    (r"py:class", r"(Answer|Exchange|Source|WaitingFor)"),
    # Names for a path or an address, and for the three modes that prove something; datetime's own class.
    (r"py:class", r"(Address|Provable|dataset\.Dataset|datetime)"),
    # A name for "emit" or "skip", and one for the words that a report has.
    (r"py:class", r"(Initial|Verdict)"),
    # What an argument of the endpoints may be: its value, None, or UNSET.
    (r"py:class", r"(Flag|Ids|Text|Texts|Values)"),
    (
        r"py:.*",
        r"(Any|Callable|Iterable|Literal|Mapping|Path|PathLike|Self|Sequence|SSLContext|URL|ValueError|optional)",
    ),
]
