"""The package's docstrings are plain text with Markdown's backticks: this hands them to Sphinx in its own spelling."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, Any

import explo_async

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

NAMES = set(explo_async.__all__)
"""What a docstring may name without more ado."""
ALIASES = {
    "Consistency": "explo_async.engine.listing.Consistency",
    "Difference": "explo_async.diff.difference.Difference",
    "Invalid": "explo_async.engine.listing.Invalid",
    "Kind": "explo_async.emulator.changes.Kind",
    "OrderName": "explo_async.emulator.order.OrderName",
}
"""Names of types that signatures show and no module exports."""
MODULES = ("", ".arrow", ".diff", ".emulator", ".emulator.faults")
CODE = re.compile(r"`([^`]+)`")


def spell(match: re.Match[str]) -> str:
    """Write code as reStructuredText does: a public name as a link, all else literally, whatever stands beside it."""
    text = match[1]
    return rf"\ :py:obj:`~explo_async.{text}`\ " if text in NAMES else rf"\ ``{text}``\ "


def convert(docstring: str) -> str:
    """Return a docstring in reStructuredText: code may span lines, and `*` and `|` outside of it mean themselves."""
    parts = CODE.split(docstring)
    for place in range(0, len(parts), 2):
        parts[place] = re.sub(r"([*|\\])", r"\\\1", parts[place])
    plain = "".join(f"`{part}`" if place % 2 else part for place, part in enumerate(parts))
    return CODE.sub(spell, plain)


def convert_docstring(_app: Sphinx, _what: str, _name: str, _object: object, _options: Any, lines: list[str]) -> None:
    """Convert in place, as autodoc has it."""
    lines[:] = convert("\n".join(lines)).splitlines()


def list_public() -> dict[str, str]:
    """Map where each public class is defined to where it is public, and what signatures call a type to where it is."""
    modules = [importlib.import_module(f"explo_async{name}") for name in MODULES]
    public = dict(ALIASES)
    for module in reversed(modules):
        for name in module.__all__:
            public[f"{getattr(module, name).__module__}.{name}"] = f"{module.__name__}.{name}"
    return public


def find_public(app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.Element) -> nodes.Element | None:
    """Lead `explo_async.errors.APIError`, where a class is defined, to `explo_async.APIError`, where it is public."""
    target = str(node.get("reftarget", ""))
    name = f"explo_async.{target}" if target in NAMES else list_public().get(target)
    if node.get("refdomain") != "py" or name is None:
        return None
    domain = env.get_domain("py")
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", name, node, content)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register both."""
    app.connect("autodoc-process-docstring", convert_docstring)
    app.connect("missing-reference", find_public)
    return {"parallel_read_safe": True}
