"""Layers of the package: imports go one way, and what decides knows no clock, no chance and no network."""

from __future__ import annotations

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import explo_async

ROOT = Path(explo_async.__file__).parent

LAYERS = (
    "endpoint nesting plan struct_class text progress extras threads",
    "models completeness",
    "errors observer record",
    "checks configuration decode",
    "pacing delivery files arguments removals parent_filter",
    "wire",
    "engine read_back",
    "stream single group_tags",
    "customers",
    "client",
    "export arrow snapshot mirror",
    "diff integrations",
    "reconcile watch",
    "cli",
)
"""Files and folders of the package, the lowest first: each imports what stands on a layer below its own, nothing else.

That holds for what only the type checker reads as well.
"""

BESIDE = {"emulator": {"endpoint"}, "pytest_plugin": {"emulator"}, "__main__": {"cli"}, "__init__": set(LAYERS)}
"""What has no layer, and what it may import: the local server knows the facts, and nothing of the client."""

DOORS = {"customers": {"watch"}}
"""What users call by a method of a lower layer: that imports it when it is called, and no sooner."""

PURE = (
    "arguments",
    "checks",
    "completeness",
    "configuration",
    "decode",
    "delivery",
    "diff.counts",
    "diff.difference",
    "diff.matching",
    "endpoint",
    "engine.eta",
    "engine.intake",
    "engine.listing",
    "engine.passes",
    "engine.report",
    "engine.window",
    "errors",
    "export.journal",
    "files.columns",
    "files.compared",
    "files.file_errors",
    "files.lines",
    "files.logged",
    "files.logged_rows",
    "files.raw_json",
    "mirror.outcome",
    "mirror.refusals",
    "mirror.rows",
    "mirror.statements",
    "mirror.tables",
    "models",
    "nesting",
    "pacing.lease",
    "pacing.outage",
    "pacing.quota",
    "pacing.retry",
    "pacing.shared_quota",
    "pacing.stores.grants",
    "pacing.stores.message",
    "pacing.stores.mounts",
    "pacing.stores.news",
    "pacing.stores.schedule",
    "pacing.stores.view",
    "pacing.fairness",
    "pacing.window",
    "pacing.window_state",
    "plan",
    "progress",
    "record",
    "reconcile.admission",
    "reconcile.desired",
    "reconcile.fields",
    "reconcile.found",
    "reconcile.items",
    "reconcile.judge",
    "reconcile.order",
    "reconcile.planning",
    "reconcile.policy",
    "reconcile.scope",
    "removals",
    "snapshot.certificate",
    "snapshot.layout",
    "struct_class",
    "text",
    "watch.events",
    "watch.rows",
    "watch.settings",
    "watch.telling",
    "wire.answer",
    "wire.blame",
    "wire.call",
    "wire.dialect",
    "wire.retry_after",
    "wire.verb",
    "wire.verb_answer",
)
"""What decides: modules, and folders with all that they hold."""

IMPURE = {"aiohttp", "asyncio", "logging", "os", "random", "secrets", "socket", "threading", "time"}


def find_modules() -> dict[str, ast.Module]:
    """Parse every module of the package, by its dotted name within it; a folder goes by its own name."""
    modules = {}
    for path in ROOT.rglob("*.py"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        modules[name] = ast.parse(path.read_bytes())
    return modules


MODULES = find_modules()


def find_imports(tree: ast.AST, *, for_types: bool = False) -> set[str]:
    """List the full names of what a module imports, also within functions; what is for types alone only if asked."""
    found: set[str] = set()
    nodes = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the package in full"
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif not for_types and isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            nodes.extend(node.orelse)
        else:
            nodes.extend(ast.iter_child_nodes(node))
    return found


def find_own(name: str, *, for_types: bool = False) -> set[str]:
    """List the modules of the package that one of them imports."""
    found = find_imports(MODULES[name], for_types=for_types)
    inner = [full.removeprefix("explo_async.") for full in found if top(full) == "explo_async"]
    return {each if each in MODULES else each.rpartition(".")[0] or "__init__" for each in inner}


def top(name: str) -> str:
    """Return the first part of a dotted name."""
    return name.split(".", maxsplit=1)[0]


LAYER_OF = {place: layer for layer, places in enumerate(LAYERS) for place in places.split()}


def find_offences(name: str) -> set[str]:
    """List what a module imports and may not."""
    place = top(name)
    others = {other for other in find_own(name, for_types=True) if top(other) != place}
    if place in BESIDE:
        allowed = set(LAYER_OF) if place == "__init__" else BESIDE[place]
        return {other for other in others if top(other) not in allowed}
    below = {other for other, layer in LAYER_OF.items() if layer < LAYER_OF[place]}
    # The command runs a local server.
    below |= {"emulator"} if place == "cli" else set()
    below |= DOORS.get(name, set())
    return {other for other in others if top(other) not in below}


def test_every_place_has_a_layer() -> None:
    """The list has every file and folder of the package, and no other."""
    assert {top(name) for name in MODULES} == set(LAYER_OF) | set(BESIDE)


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_down(name: str) -> None:
    """A module imports what stands below its layer, or in its own folder."""
    assert find_offences(name) == set()


@pytest.mark.parametrize("name", DOORS)
def test_what_stands_above_is_imported_by_a_call_alone(name: str) -> None:
    """Nothing of it is loaded with the module; its method, and the type checker, know of it."""
    at_once = [node for node in MODULES[name].body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {place for node in at_once for place in DOORS[name] if f"explo_async.{place}" in ast.unparse(node)} == set()
    assert {top(found) for found in find_own(name)} >= DOORS[name]


def test_offences_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import of something above, or beside, would be found, also one for types alone and one within a function."""
    sources = {
        "plan": "if TYPE_CHECKING:\n    from explo_async.models import Customer",
        "decode.page": "def f():\n    from explo_async.checks import check_count\n    from explo_async.text import one_line",
        "emulator.book": "from explo_async.plan import Ask\nfrom explo_async.endpoint import PATHS",
        "cli.app": "from explo_async.emulator.book import CustomerBook\nfrom explo_async.client import ExploClient",
    }
    for name, source in sources.items():
        monkeypatch.setitem(MODULES, name, ast.parse(source))
    assert [find_offences(name) for name in sources] == [{"models"}, {"checks"}, {"plan"}, set()]


def test_the_page_on_the_architecture_shows_what_is() -> None:
    """It names each file and folder of the package, and its table of layers is the one that holds here."""
    page = (ROOT.parent / "docs" / "architecture.md").read_text("utf-8")
    shown = {
        name.rstrip("/") for names in re.findall(r"^  (\S+(?: \S+)*)  ", page, re.MULTILINE) for name in names.split()
    }
    assert shown == {place for place in {*LAYER_OF, *BESIDE} if not place.startswith("__")}
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", page, re.MULTILINE)
    assert [row.replace("`", "") for _, row in sorted(rows, key=lambda row: int(row[0]))] == list(LAYERS)


def pure_modules() -> list[str]:
    """List the modules that decide."""
    return [name for name in MODULES if any(name == pure or name.startswith(f"{pure}.") for pure in PURE)]


def test_the_list_of_what_decides_is_no_wish() -> None:
    """Every name on it is there, and every module is on it that calls itself pure, the local server's apart."""
    assert set(PURE) <= set(MODULES)
    called = {
        name for name, tree in MODULES.items() if "Pure" in (ast.get_docstring(tree) or "") and top(name) != "emulator"
    }
    assert len(called) > len(PURE)
    assert called - set(pure_modules()) == set()


@pytest.mark.parametrize("name", pure_modules())
def test_what_decides_is_pure(name: str) -> None:
    """It imports nothing that waits, sends, draws, logs or looks at the machine, and asks for no date."""
    assert {top(found) for found in find_imports(MODULES[name])} & IMPURE == set()
    attributes = [node.attr for node in ast.walk(MODULES[name]) if isinstance(node, ast.Attribute)]
    assert {"now", "utcnow", "today", "fromtimestamp"}.intersection(attributes) == set()
    # Nor what acts, by way of another module.
    assert find_own(name) <= set(pure_modules())


def test_aiohttp_stays_at_the_edge() -> None:
    """Only the adapter, the doctor, for its trace, and the emulator import aiohttp."""
    found = {name for name, tree in MODULES.items() if "aiohttp" in map(top, find_imports(tree))}
    assert {name for name in found if top(name) != "emulator"} == {
        "cli.commands.doctor",
        "wire.aiohttp_errors",
        "wire.exchange",
        "wire.pool",
        "wire.transport",
    }


def test_no_cycles() -> None:
    """No module imports itself through others, save for what only the type checker reads."""
    order = list(TopologicalSorter({name: find_own(name) for name in MODULES}).static_order())
    assert set(order) == set(MODULES)


def test_walk_sees_imports() -> None:
    """The walk that these tests rest on sees imports at any depth, and leaves out those for types."""
    source = """
import a.b
from c import d as e
if TYPE_CHECKING:
    import f
else:
    import g
def h():
    try:
        from i.j import k, l
    finally:
        pass
"""
    assert find_imports(ast.parse(source)) == {"a.b", "c.d", "g", "i.j.k", "i.j.l"}
