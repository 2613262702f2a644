"""The library's errors in the words of a command."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

import explo_async.cli
from explo_async import (
    ConfigurationError,
    DeadlineExceeded,
    ExploError,
    HasChildren,
    ListingChanged,
    PlanRefused,
    QuotaUnavailable,
)
from explo_async.cli.advice import INSTEAD, options_of, reword, unname_settings
from explo_async.cli.app import app
from explo_async.cli.commands.customers_apply import apply_plan
from explo_async.cli.commands.customers_diff import diff_customers
from explo_async.cli.commands.customers_export import export_customers
from explo_async.cli.commands.customers_list import count_customers, list_customers
from explo_async.cli.commands.customers_mirror import mirror_customers
from explo_async.cli.commands.customers_one import (
    create_customer,
    delete_customer,
    get_customer,
    refresh_token,
    update_customer,
)
from explo_async.cli.commands.customers_plan import plan_customers
from explo_async.cli.commands.customers_snapshot import snapshot_customers
from explo_async.cli.commands.customers_watch import watch_customers
from explo_async.cli.commands.demo import demo
from explo_async.cli.commands.doctor import doctor
from explo_async.cli.commands.group_tags import create_tag, delete_tag, list_tags, rename_tag
from explo_async.cli.commands.quota import quota
from explo_async.cli.commands.serve import serve
from explo_async.cli.commands.snapshots import list_runs, prune_runs, verify_run
from explo_async.completeness.doubts import Doubt, explain_doubt
from explo_async.configuration import resolve_token
from explo_async.emulator import Dialect, Emulator, Quota
from explo_async.emulator.faults import Body, Hang, Redirect, Status
from explo_async.engine.listing import Consistency
from explo_async.export.run import COMPARED, AnotherExport
from explo_async.files.formats import find_format
from explo_async.models import FetchReport
from tests.helpers.clients import ONCE, client_of

if TYPE_CHECKING:
    from explo_async.cli.advice import Command

COMMANDS: tuple[Command, ...] = (
    *(apply_plan, plan_customers),
    *(count_customers, demo, diff_customers, doctor, export_customers, list_customers, quota, serve),
    *(create_customer, delete_customer, get_customer, refresh_token, update_customer),
    *(create_tag, delete_tag, list_tags, rename_tag),
    *(mirror_customers, snapshot_customers, list_runs, prune_runs, verify_run),
    watch_customers,
)
EVERY_OPTION = {option for command in COMMANDS for option in options_of(command)}

OPTION = re.compile(r"--[a-z][a-z-]*")
OF_PYTHON = re.compile(r"`|=|[a-z]_[a-z]")
OF_THE_API = re.compile(r"\b(?:explo_async|provided_id|total_count)\b")
"""What looks like Python's, and is a name that every user meets."""

ADDRESS = "the address (--base-url or EXPLO_BASE_URL)"
UNREADABLE = Body(b'{"total_count": 1, "results": {"customers": [{"provided_id": "a", "name": 1}]}}')
PAUSE = {"Retry-After": "500"}
SHARED = "others behind the same address use up the quota; try again later or lower --rate-limit"
OF_EMULATOR = {"dialect", "faults", "latency", "quota"}
OF_CLIENT = {"base_url", "max_response_bytes", "request_timeout", "token"}
ERRORS: dict[str, tuple[dict[str, Any], str]] = {
    "no answer": (
        {"faults": [Hang()], "request_timeout": 0.05},
        "page 1: no whole answer within 0.05 s; try again later, or ask for smaller pages with --page-size",
    ),
    "a large answer": (
        {"max_response_bytes": 20},
        "page 1: the decompressed answer is larger than 20 bytes; ask for smaller pages with --page-size",
    ),
    "no time": (
        {"latency": 30.0, "timeout": 0.05},
        "the list was not complete within 0.05 s; raise --timeout",
    ),
    "a long pause": (
        {"faults": [Status(429, headers={"Retry-After": "500"}, page=1)]},
        f"429 Too Many Requests (the server asks to wait 500 s, more than 120 s); {SHARED}",
    ),
    "a pause that is too long": (
        {"quota": Quota(1, 60.0), "timeout": 5.0, "page_size": 10},
        f" (the timeout of the call ends before that); {SHARED}",
    ),
    "a wrong token": (
        {"token": "mistyped"},
        "; check the token (EXPLO_TOKEN or --token-file): it is mistyped, revoked or absent",
    ),
    "a wrong address": (
        {"faults": [Status(404)]},
        f"; check {ADDRESS}: the list of customers is not at this address",
    ),
    "a redirect": (
        {"faults": [Redirect(302, "https://explo.invalid/")]},
        f"; check {ADDRESS}: name the final address, with https",
    ),
    "a page of somebody else": (
        {"faults": [Body(b"<html>")]},
        f"; check that {ADDRESS} is Explo's API and that nothing in between answers in its place",
    ),
    "another answer": (
        {"faults": [Body(b"[]")]},
        f"; the API has changed or {ADDRESS} is not Explo's; look for a newer explo_async or report it",
    ),
    "an unreadable customer": (
        {"faults": [UNREADABLE]},
        "page 1: row 0 (provided_id 'a'): name is a number, not a string; correct the customer in Explo",
    ),
    "no second page size": (
        {"dialect": Dialect(page_size_name=None), "consistency": "verified"},
        "so a second pass with another one cannot verify the list; use --consistency checked",
    ),
    "a wrong page size": ({"page_size": 0}, "--page-size must be a whole number of at least 1, not 0"),
    "an empty filter": ({"parent_provided_id": ""}, "--parent-provided-id must be a non-empty string, not ''"),
    "no address": ({"base_url": "explo"}, "--base-url is not an address like https://api.explo.co"),
    "a user in the address": (
        {"base_url": "https://ann@explo.invalid"},
        "must be a bare address, without user, query or fragment; the token goes into EXPLO_TOKEN or --token-file",
    ),
}
"""What may be set for an emulator, a client and a list, and the end of what `customers list` says of it."""


def find_python(text: str) -> re.Match[str] | None:
    """Find what a user of the command has no use for."""
    return OF_PYTHON.search(OF_THE_API.sub("", text))


async def fail(name: str) -> ExploError:
    """Return one of these errors as the library raises it."""
    options = dict(ERRORS[name][0])
    emulated = {name: options.pop(name) for name in OF_EMULATOR & set(options)}
    made = {name: options.pop(name) for name in OF_CLIENT & set(options)}
    async with Emulator(30, **emulated) as emulator:
        try:
            async with client_of(emulator, retry=ONCE, **made) as explo:
                await explo.customers.list(**options)
        except ExploError as error:
            return error
    pytest.fail("there was no error")


@pytest.mark.parametrize("name", ERRORS)
async def test_an_error_names_options(name: str) -> None:
    """What the library says of its arguments a command says of its options, and the error itself stays as it is."""
    error = await fail(name)
    before = str(error)
    assert find_python(before)
    told = str(reword(error, list_customers))
    assert told.endswith(ERRORS[name][1])
    assert not find_python(told)
    assert str(error) == before


@pytest.mark.parametrize(
    ("name", "command", "told"),
    [
        ("no answer", count_customers, "within 0.05 s; try again later"),
        ("a large answer", count_customers, "larger than 20 bytes"),
        ("no time", demo, "within 0.05 s"),
        ("a wrong address", demo, "; check the address: the list of customers is not at this address"),
        ("no second page size", demo, "cannot verify the list"),
        ("no second page size", doctor, "cannot verify the list"),
    ],
)
async def test_what_a_command_has_no_option_for_is_not_advised(name: str, command: Any, told: str) -> None:
    """The same error has other advice in a command with other options, or none."""
    assert str(reword(await fail(name), command)).endswith(told)


def test_an_argument_is_the_option_of_a_command_that_has_it() -> None:
    """`serve` has a --token; the others have none, and say of which file or variable they speak by themselves."""
    with pytest.raises(ConfigurationError) as caught:
        resolve_token("a b", {})
    assert str(reword(caught.value, serve)).startswith("--token has a character at position 1 that no token has")
    assert str(reword(caught.value, list_customers)) == str(caught.value)


@pytest.mark.parametrize("doubt", get_args(Doubt))
@pytest.mark.parametrize("consistency", get_args(Consistency))
def test_a_doubt_leads_to_a_mode_that_can_be_asked_for(doubt: Doubt, consistency: Consistency) -> None:
    """The advice of every doubt stays, without a word of Python, and what it says of an option can be typed."""
    report = FetchReport(
        verdict="incomplete", total_count=3, totals_seen=(3,), customers=1, duplicates=0, pages_asked_again=()
    )
    what, advice = explain_doubt(doubt, consistency, totals=[2, 3], total=3, unique=1)
    error = ListingChanged(what, advice=advice, report=report)
    for command, words in (
        (list_customers, ["list"]),
        (export_customers, ["export", "a.csv"]),
        (diff_customers, ["diff", "a.csv"]),
    ):
        told = str(reword(error, command))
        assert told.count("; ") >= str(error).count("; ")
        assert not find_python(told)
        for option in re.findall("--consistency [a-z]+", told):
            app.parse_args(["customers", *words, *option.split()], exit_on_error=False, print_error=False)


def test_an_export_of_something_else_is_told_by_its_options() -> None:
    """What an interrupted export was begun with is what has to be typed, or left out, to go on with it."""
    was: dict[str, str | bool | None] = {
        "format": "csv",
        "with_tokens": False,
        "consistency": "exact",
        "parent_provided_id": "a b",
    }
    error = AnotherExport("what", same_account=False, was=was, file="a", advice="begin anew with overwrite=True")
    assert str(reword(error, export_customers)) == (
        "the interrupted export was one with another token or address, with --format csv, without --with-tokens, "
        "with --consistency exact, with --parent-provided-id 'a b'; begin anew with --overwrite"
    )
    error = AnotherExport("what", same_account=True, was={"with_tokens": True, "hierarchy_level_name": None}, file="a")
    assert str(reword(error, export_customers)) == (
        "the interrupted export was one with --with-tokens, without --hierarchy-level-name"
    )
    assert {f"--{name.replace('_', '-')}" for name in COMPARED} <= options_of(export_customers)


def test_an_unknown_ending_leads_to_the_option_where_there_is_one() -> None:
    """`customers export` can be told the format, `customers diff` cannot."""
    with pytest.raises(ConfigurationError) as caught:
        find_format(Path("a.txt"))
    assert str(reword(caught.value, export_customers)).endswith("; name the file so, or give --format")
    assert str(reword(caught.value, diff_customers)).endswith(".duckdb; name the file so")


def test_what_others_say_stays() -> None:
    """A name at the beginning alone is an argument's, and a setting is one in the library's words alone."""
    said = "the server answered 500: timeout=5 or None, not base_url=1"
    assert unname_settings(said) == said
    error = ConfigurationError(f"page_size {said}")
    assert str(reword(error, list_customers)) == f"--page-size {said.replace(' or None', '')}"
    assert str(reword(ExploError(f"page_size {said}"), list_customers)) == f"page_size {said}"


def test_a_quota_of_ones_own_leads_to_no_argument_of_python() -> None:
    """Neither of `rate_limit`, which is an option, nor of what only an error of Python has."""
    of_python = {
        "raise `timeout`, or `rate_limit` if the server allows more": (
            "raise --timeout, or --rate-limit if the server allows more"
        ),
        "see the error's `customers`": "raise --timeout",
    }
    for advice, told in of_python.items():
        error = DeadlineExceeded("the quota allows the next request in 9.0 s", advice=advice)
        assert str(reword(error, list_customers)) == f"{error.what}; {told}"


def test_what_is_said_of_a_store_stays_as_it_is() -> None:
    """Its path may look like an argument, and its advice may name the options of another command."""
    what = "the quota's store /srv/page_size/quota.sqlite cannot be used: it is damaged"
    error = QuotaUnavailable(what, advice="run `explo-async quota /srv/page_size/quota.sqlite --reset`")
    assert str(reword(error, count_customers)) == str(error)


def test_every_option_that_is_named_is_there() -> None:
    """No text of the command names an option that no command has."""
    advice = " ".join(itertools.chain(*INSTEAD.values()))
    assert set(OPTION.findall(advice)) <= EVERY_OPTION
    folder = Path(explo_async.cli.__file__).parent
    nodes = itertools.chain(*(ast.walk(ast.parse(path.read_text("utf-8"))) for path in folder.rglob("*.py")))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    named = set(OPTION.findall(" ".join(texts)))
    assert {"--resume", "--overwrite", "--token-file"} < named
    assert named - EVERY_OPTION == {"--help", "--version"}


@pytest.mark.parametrize(
    ("error", "command", "told"),
    [
        (
            PlanRefused("it does more", advice="if it is right, allow_deletes=7 lets its deletes"),
            apply_plan,
            "it does more; if it is right, --allow-deletes 7 lets its deletes",
        ),
        (
            PlanRefused("it does more", advice="`customers plan --max-update-share SHARE` lets its updates"),
            apply_plan,
            "it does more; `customers plan --max-update-share SHARE` lets its updates",
        ),
        (
            PlanRefused("there is one", advice="go on with it: `customers apply --resume my_plan.journal`"),
            apply_plan,
            "there is one; go on with it: `customers apply --resume my_plan.journal`",
        ),
        (PlanRefused("it is 101 s old, more than max_age=100"), apply_plan, "it is 101 s old, more than 100 s"),
        (
            ConfigurationError("the list has 1 customers, not the 3 of expected_rows"),
            plan_customers,
            "the list has 1 customers, not the 3 of --expected-rows",
        ),
        (
            ConfigurationError("delete=True without a scope would delete", advice="give a scope, or expected_rows"),
            plan_customers,
            "--delete without --scope would delete; give a scope, or --expected-rows",
        ),
        (
            ConfigurationError("there is no field 'nmae'", advice="the fields are name, group_tags"),
            plan_customers,
            "there is no field 'nmae'; the fields are name, group_tags",
        ),
        (
            PlanRefused("the server ignores it", advice="plan without parent_provided_id"),
            plan_customers,
            "the server ignores it; plan without parent_provided_id",
        ),
        (
            ConfigurationError("Policy.max_delete_share must be a share from 0 to 1, not 5"),
            plan_customers,
            "--max-delete-share must be a share from 0 to 1, not 5",
        ),
        (
            ConfigurationError("parent_provided_id needs hierarchy_level_name: without it"),
            create_customer,
            "--parent-provided-id needs --hierarchy-level-name: without it",
        ),
        (
            HasChildren("it has 2 children", children=2, advice="delete them first, or pass children='ignore'"),
            delete_customer,
            "it has 2 children; delete them first, or give --ignore-children",
        ),
        (
            ConfigurationError("the file is open to others", advice="run: chmod 600 /home/ann_b/profiles.toml"),
            get_customer,
            "the file is open to others; run: chmod 600 /home/ann_b/profiles.toml",
        ),
    ],
)
def test_what_is_said_of_writes_is_said_in_options(error: ExploError, command: Any, told: str) -> None:
    """And whole command lines, names of fields and paths stay as they are."""
    assert str(reword(error, command)) == told
