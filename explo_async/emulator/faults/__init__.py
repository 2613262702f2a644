"""Faults as values: what goes wrong, and with which requests."""

from explo_async.emulator.faults.base import Fault, Randomly
from explo_async.emulator.faults.broken import Close, CutChunked, Reset, Truncate
from explo_async.emulator.faults.slow import Hang, Late, Slow, Trickle
from explo_async.emulator.faults.wrong import Body, ContentType, Html, Redirect, Status

__all__ = [
    "Body",
    "Close",
    "ContentType",
    "CutChunked",
    "Fault",
    "Hang",
    "Html",
    "Late",
    "Randomly",
    "Redirect",
    "Reset",
    "Slow",
    "Status",
    "Trickle",
    "Truncate",
]
