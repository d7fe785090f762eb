"""What a live server costs, as the system tells it of its one worker."""

import os
import re
from pathlib import Path

from tests.servers import Server

TICKS = os.sysconf("SC_CLK_TCK")


class Worker:
    """The only child of a server."""

    def __init__(self, server: Server) -> None:
        leader = server.process.pid
        (pid,) = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
        self.process = Path("/proc", pid)

    def processor_seconds(self) -> float:
        """What it has used of the processors until now."""
        user, system = (self.process / "stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / TICKS

    def peak_megabytes(self) -> float:
        """The most memory that it ever had."""
        found = re.search(r"VmHWM:\s+(\d+) kB", (self.process / "status").read_text())
        assert found
        return int(found[1]) / 1024
