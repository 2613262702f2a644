"""A local Explo for tests, demonstrations and measurements: a real server, synthetic customers, faults on demand."""

from explo_async.emulator.changes import Change, Changes
from explo_async.emulator.dialect import EARLIER, Dialect
from explo_async.emulator.faults import Fault, Randomly
from explo_async.emulator.quota import Quota
from explo_async.emulator.request_log import Seen
from explo_async.emulator.server import Emulator

__all__ = ["EARLIER", "Change", "Changes", "Dialect", "Emulator", "Fault", "Quota", "Randomly", "Seen"]
