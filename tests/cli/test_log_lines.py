"""The log lines of a run: which of them are shown, and in which words."""

from __future__ import annotations

import logging

from explo_async.cli.log_lines import log_lines_to


def test_many_lines_of_a_kind_are_one() -> None:
    """Lines that differ only in their numbers are shown once a second, others always."""
    lines: list[str] = []
    logger = logging.getLogger("explo_async")
    with log_lines_to(lines.append):
        for number, created in ((1, 10.0), (2, 10.5), (3, 11.0), (4, 5.0)):
            record = logger.makeRecord(logger.name, logging.WARNING, "", 0, "page %s failed", (number,), None)
            record.created = created
            logger.handle(record)
        logger.warning("something else")
        logger.info("nothing of interest")
    assert lines == [
        "warning: page 1 failed",
        "warning: page 3 failed",
        "warning: page 4 failed",
        "warning: something else",
    ]


def test_a_setting_goes_without_its_name() -> None:
    """The command has no option of that name; the value says it all."""
    lines: list[str] = []
    with log_lines_to(lines.append):
        logging.getLogger("explo_async").warning("page 1: no whole answer within request_timeout=30 s; asking again")
    assert lines == ["warning: page 1: no whole answer within 30 s; asking again"]
