"""The emulator in its own process, every page encoded beforehand, and what it uses of the processor."""

from __future__ import annotations

import os
from pathlib import Path

from explo_async.emulator.process import EmulatorProcess


class Server(EmulatorProcess):
    """Serves prepared bytes."""

    def cpu_seconds(self) -> float:
        """Return the CPU time of the server's process so far, to 0.01 s (Linux; elsewhere 0.0)."""
        process = self._process
        stat = Path(f"/proc/{process.pid if process else 'self'}/stat")
        if process is None or not stat.exists():
            return 0.0
        # The name of the program, in brackets, may hold spaces.
        user, system = stat.read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
