"""Imports go one way, and what decides knows no clock, no chance and no network."""

from __future__ import annotations

import ast
import importlib.metadata
import types
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import explo_async
from explo_async.errors import ExploError

ROOT = Path(explo_async.__file__).parent

IMPORTS = {
    # What decides.
    "answer": "decode endpoint errors retry_after",
    "checks": "errors",
    "collector": "",
    "columns": "record strict",
    "completeness": "",
    "completeness.accounts": "",
    "completeness.chain": "completeness.page_slots completeness.union_find",
    "completeness.doubts": "",
    "completeness.evidence": "",
    "completeness.exact": "completeness.evidence completeness.row_memory endpoint plan",
    "completeness.id_set": "",
    "completeness.ledger": "completeness.limits completeness.proof completeness.repairs endpoint plan",
    "completeness.limits": "",
    "completeness.page_slots": "",
    "completeness.pictures": "",
    "completeness.proof": (
        "completeness.accounts completeness.chain completeness.evidence completeness.pictures completeness.sightings "
        "completeness.tally plan"
    ),
    "completeness.repairs": "plan",
    "completeness.row_memory": "",
    "completeness.sightings": "completeness.evidence completeness.id_set",
    "completeness.tally": "",
    "completeness.unchecked": "completeness.evidence plan",
    "completeness.union_find": "",
    "configuration": "endpoint errors",
    "decode": "collector envelope errors models strict structure text",
    "decode_records": "collector decode envelope record",
    "delivery": "models order",
    "dialect": "endpoint",
    "endpoint": "",
    "envelope": "errors strict",
    "errors": "",
    "export.faulty": "errors record",
    "export.journal": "",
    "export.lines": "models",
    "held": "order",
    "listing": "decode endpoint progress",
    "matching": "completeness.id_set record",
    "models": "progress",
    "order": "",
    "plan": "",
    "progress": "",
    "record": "models strict structure",
    "quota": "checks endpoint",
    "reporting": "completeness.evidence models plan progress",
    "retry": "checks errors",
    "retry_after": "",
    "strict": "",
    "structure": "models strict",
    "text": "",
    # What acts.
    "arrow": "arrow_columns endpoint",
    "arrow_columns": "columns record strict",
    "client": "checks configuration customers endpoint errors gate pages quota retry transport",
    "customers": "checks delivery endpoint errors fetch held listing models plan progress stream",
    "beginning": "completeness.exact completeness.ledger completeness.sightings completeness.unchecked errors plan",
    "diff": "errors export.faulty export.formats matching text",
    "export": "",
    "export.arrow_batches": "arrow_columns columns export.faulty strict",
    "export.beside": "",
    "export.csv_file": "columns export.faulty export.formats strict",
    "export.duckdb_file": "arrow_columns columns export.arrow_batches export.faulty export.formats",
    "export.formats": "errors",
    "export.gzip_file": "export.faulty export.jsonl_file",
    "export.jsonl_file": "collector export.faulty export.lines record strict",
    "export.parquet_file": "arrow_columns export.arrow_batches export.faulty export.formats",
    "export.part": "errors export.journal",
    "export.run": "endpoint errors export.beside export.journal export.lines export.part export.target",
    "export.sqlite_file": "columns export.faulty export.formats record strict",
    "export.target": "errors export.formats export.jsonl_file",
    "export.zstd_file": "export.faulty export.jsonl_file",
    "failures": "errors",
    "fetch": (
        "beginning completeness.doubts completeness.sightings delivery errors held hint listing pages plan progress "
        "reporting under_way"
    ),
    "gate": "errors",
    "hedge": "",
    "hint": "plan",
    "pages": "answer dialect errors hedge retry",
    "stream": "decode decode_records progress record",
    "under_way": "",
    "transport": "answer errors failures retry retry_after",
}
"""Module to the modules that it imports at run time; what only the type checker reads is left out."""

DECIDING = list(IMPORTS)[: list(IMPORTS).index("arrow")]
IMPURE = {"aiohttp", "asyncio", "logging", "os", "random", "secrets", "socket", "stamina", "threading", "time"}
ON_TOP = ("cli", "emulator", "pytest_plugin", "__main__", "__init__")
"""Apart from the table: the command, the local server, what lends it to tests, and what only exports."""


def find_modules() -> dict[str, ast.Module]:
    """Parse every module of the package, by its dotted name within it; a package in it goes by its own name."""
    modules = {}
    for path in ROOT.rglob("*.py"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        modules[name] = ast.parse(path.read_bytes())
    return modules


MODULES = find_modules()


def find_imports(tree: ast.AST) -> set[str]:
    """List the full names of what a module imports at run time, also within functions."""
    found: set[str] = set()
    nodes = [tree]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the package in full"
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            nodes.extend(node.orelse)
        else:
            nodes.extend(ast.iter_child_nodes(node))
    return found


def find_own(name: str) -> set[str]:
    """List the modules of the package that one of them imports at run time."""
    inner = [found.removeprefix("explo_async.") for found in find_imports(MODULES[name]) if top(found) == "explo_async"]
    return {found if found in MODULES else found.rpartition(".")[0] or "__init__" for found in inner}


def top(name: str) -> str:
    """Return the first part of a dotted name."""
    return name.split(".", maxsplit=1)[0]


def test_table_is_complete() -> None:
    """The table has every module of the package, and no other."""
    assert set(IMPORTS) == {name for name in MODULES if top(name) not in ON_TOP}


@pytest.mark.parametrize("name", IMPORTS)
def test_imports(name: str) -> None:
    """A module imports those modules of the package that the table grants it."""
    assert find_own(name) == set(IMPORTS[name].split())


def test_deciding_modules_import_only_each_other() -> None:
    """What decides does not reach back to what acts."""
    assert {other for name in DECIDING for other in IMPORTS[name].split()} <= set(DECIDING)


@pytest.mark.parametrize("name", DECIDING)
def test_deciding_modules_are_pure(name: str) -> None:
    """What decides imports nothing that waits, sends, draws, logs or looks at the machine, and asks for no date."""
    assert {top(found) for found in find_imports(MODULES[name])} & IMPURE == set()
    attributes = [node.attr for node in ast.walk(MODULES[name]) if isinstance(node, ast.Attribute)]
    assert {"now", "utcnow", "today", "fromtimestamp"}.intersection(attributes) == set()


def test_aiohttp_stays_at_the_edge() -> None:
    """Only the adapter, the client, the doctor, for its trace, and the emulator import aiohttp."""
    found = {name for name, tree in MODULES.items() if "aiohttp" in map(top, find_imports(tree))}
    assert {name for name in found if top(name) != "emulator"} == {"cli.doctor", "client", "failures", "transport"}


def test_command_and_emulator_are_on_top() -> None:
    """Nothing but the command and the plugin imports the command or the emulator, and the emulator only the facts."""
    wanting = {name: {top(own) for own in find_own(name)} for name in MODULES}
    assert {top(name) for name, tops in wanting.items() if "cli" in tops} <= {"cli", "__main__"}
    assert {top(name) for name, tops in wanting.items() if "emulator" in tops} <= {"cli", "emulator", "pytest_plugin"}
    assert set().union(*(tops for name, tops in wanting.items() if top(name) == "emulator")) == {"emulator", "endpoint"}


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


def test_exports() -> None:
    """`__all__` is sorted and holds every public name of the package, once."""
    public = {
        name
        for name in dir(explo_async)
        if not name.startswith("_")
        and name not in {"Any", "TYPE_CHECKING", "import_module"}
        and not isinstance(getattr(explo_async, name), types.ModuleType)
    }
    assert explo_async.__all__ == sorted(public)


def test_exported_exceptions() -> None:
    """Every exported exception descends from the one root."""
    exported = [getattr(explo_async, name) for name in explo_async.__all__]
    kinds = [kind for kind in exported if isinstance(kind, type) and issubclass(kind, BaseException)]
    assert len(kinds) > 1
    assert [kind for kind in kinds if not issubclass(kind, ExploError)] == []


def test_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """The version is the installed package's, looked up when asked for; other names are unknown as usual."""
    monkeypatch.setattr(importlib.metadata, "version", {"explo-async": "1.2.3"}.__getitem__)
    assert explo_async.__version__ == "1.2.3"
    with pytest.raises(AttributeError, match=r"^module 'explo_async' has no attribute 'version'$"):
        _ = explo_async.version
