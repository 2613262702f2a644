"""The library's errors in the words of a command: its options in place of Python's arguments.

A message of the library writes an argument as Python does: `timeout` between backticks, consistency="exact", base_url.
Here each becomes the option of that name. Advice that names what the command has no option for is not shown: another
stands here in its place, or none does.
"""

from __future__ import annotations

import re
import shlex
from copy import copy
from typing import TYPE_CHECKING, Any, TypeVar

from cyclopts import App

from explo_async.configuration import BASE_URL_VARIABLE, TOKEN_VARIABLE
from explo_async.errors import (
    ConfigurationError,
    DeadlineExceeded,
    DecodeError,
    ExploError,
    QuotaUnavailable,
    RateLimited,
    RequestTimeout,
    ResponseTooLarge,
)
from explo_async.export.run import AnotherExport
from explo_async.files.formats import UnknownEnding
from explo_async.reconcile.fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Command = Callable[..., Any]
    """The function that a command runs."""

E = TypeVar("E", bound=ExploError)

INSTEAD: Mapping[type[ExploError], tuple[str, ...]] = {
    RequestTimeout: ("try again later", "ask for smaller pages with --page-size"),
    ResponseTooLarge: ("ask for smaller pages with --page-size",),
    DeadlineExceeded: ("raise --timeout",),
    RateLimited: ("others behind the same address use up the quota; try again later",),
    DecodeError: ("correct the customer in Explo",),
    UnknownEnding: ("name the file so", "give --format"),
}
"""What to do where the library's advice is for Python alone; a command leaves out what it has no option for."""

_TOKEN = f"{TOKEN_VARIABLE} or --token-file"
_WORDS = {
    f"argument `token` or {TOKEN_VARIABLE}": _TOKEN,
    "`token`": _TOKEN,
    "`page`": "the number of the page",
    "pass children='ignore'": "give --ignore-children",
}
"""What is more than one option, or none, by what the library calls it."""

_KINDS = {" or None, not": ", not", " must be an int of ": " must be a whole number of "}
"""What the library says of a value's type, and what is said of one that was typed."""

_SETTINGS = (
    (re.compile(r"\bwithin (?:request_)?timeout=(\d)"), r"within \1"),
    (re.compile(r"\blarger than max_response_bytes=(\d+)"), r"larger than \1 bytes"),
    (re.compile(r"\bmore than max_(?:retry_after|age)=(\d[\d.e+]*)"), r"more than \1 s"),
    (re.compile(r"\bnot the (\d+) of expected_rows$"), r"not the \1 of --expected-rows"),
    (re.compile(r"^delete=True without a scope\b"), "--delete without --scope"),
    (re.compile(r" needs hierarchy_level_name: "), " needs --hierarchy-level-name: "),
)
"""Settings in a fact that have their values beside them. With the words before, as a server's may stand there too."""

_ARGUMENT = re.compile(
    r"""`(?P<quoted>\w+)`|\b(?P<name>[a-z_]+)="?(?P<value>\w+)"?|(?<![/\w.-])(?!explo_async\b)(?P<plain>[a-z]+(?:_[a-z]+)+)\b(?![/.]\w)"""
)
_AT_THE_BEGINNING = re.compile(r"(?:the argument )?`?(?:Policy\.)?([a-z_]+)`?(?= )")
_COMMAND_LINE = re.compile(r"(`customers [^`]*`)")
"""A whole command line, of this command or of another: it is typed as it stands."""
_NAMES = re.compile(r"the \w+(?: there)? are ")
"""How a list of names begins that are nobody's options."""
_OPTION = re.compile(r"--[a-z-]+")


def options_of(command: Command) -> set[str]:
    """Return the options of a command."""
    arguments = App(default_command=command).assemble_argument_collection()
    return {name for argument in arguments for name in argument.names if _OPTION.fullmatch(name)}


def reword(error: E, command: Command) -> E:
    """Return an error in the words of a command: a copy, to be shown."""
    options = options_of(command)
    if isinstance(error, QuotaUnavailable):
        # Of the store alone, whose address may look like an argument.
        return error
    reworded = copy(error)
    reworded.what = _reword_fact(error, options)
    reworded.advice = _reword_advice(error, options)
    return reworded


def unname_settings(text: str) -> str:
    """Leave the names of settings out of a text, as in `within request_timeout=30 s`, and their values in it."""
    for named, unnamed in _SETTINGS:
        text = named.sub(unnamed, text)
    return text


def _reword_fact(error: ExploError, options: set[str]) -> str:
    if isinstance(error, AnotherExport):
        was = [] if error.same_account else ["with another token or address"]
        was += [_describe_option(name, value) for name, value in error.was.items()]
        return f"the interrupted export was one {', '.join(was)}"
    # No further than the first word: what follows may be somebody's own.
    argument = _AT_THE_BEGINNING.match(error.what)
    if isinstance(error, ConfigurationError) and argument and (option := _to_option(argument[1])) in options:
        said = error.what[argument.end() :]
        for word, plain in _KINDS.items():
            said = said.replace(word, plain, 1)
        return unname_settings(f"{option}{said}")
    return unname_settings(error.what)


def _describe_option(name: str, value: str | bool | None) -> str:  # noqa: FBT001 -- an option's value
    if value is None or value is False:
        return f"without {_to_option(name)}"
    return f"with {_to_option(name)}" if value is True else f"with {_to_option(name)} {shlex.quote(value)}"


def _reword_advice(error: ExploError, options: set[str]) -> str | None:
    advice = error.advice or ""
    if _NAMES.match(advice):
        return advice
    where = f" (--base-url or {BASE_URL_VARIABLE})" if "--base-url" in options else ""
    advice = advice.replace("base_url", f"the address{where}")
    for said, meant in _WORDS.items():
        advice = advice.replace(said, meant)
    # Every second part is a command line.
    parts = _COMMAND_LINE.split(advice)
    parts[::2] = [_ARGUMENT.sub(lambda found: _write_option(found, options), part) for part in parts[::2]]
    advice = "".join(parts)
    if _is_for(options, advice):
        return advice
    return ", or ".join([each for each in INSTEAD.get(type(error), ()) if _is_for(options, each)])


def _write_option(argument: re.Match[str], options: set[str]) -> str:
    if "--scope" in options and argument["plain"] in FIELDS:
        # There a field is a word of an option's value.
        return argument[0]
    option = _to_option(argument["quoted"] or argument["name"] or argument["plain"])
    return option if argument["value"] in {None, "True"} else f"{option} {argument['value']}"


def _is_for(options: set[str], advice: str) -> bool:
    return options.issuperset(_OPTION.findall(_COMMAND_LINE.sub("", advice)))


def _to_option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
