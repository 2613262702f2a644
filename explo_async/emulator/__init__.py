"""A local Explo for tests, demonstrations and measurements: a real server, synthetic customers, faults on demand."""

from explo_async.emulator.access import Token
from explo_async.emulator.behaviour import Behaviour
from explo_async.emulator.changes import Change, Changes
from explo_async.emulator.dialect import EARLIER, Dialect
from explo_async.emulator.faults import Fault, Randomly
from explo_async.emulator.quota import Quota
from explo_async.emulator.request_log import Seen
from explo_async.emulator.server import Emulator
from explo_async.emulator.writes import Write

__all__ = [
    "EARLIER",
    "Behaviour",
    "Change",
    "Changes",
    "Dialect",
    "Emulator",
    "Fault",
    "Quota",
    "Randomly",
    "Seen",
    "Token",
    "Write",
]
