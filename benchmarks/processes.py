"""What running processes have used, as Linux counts it in /proc: processor time and memory."""

import os
from contextlib import suppress
from pathlib import Path

TICK = 1_000_000 / os.sysconf("SC_CLK_TCK")  # microseconds


def tree(pid: int) -> list[int]:
    """A process and all that descend from it and live."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            for child in (task / "children").read_text().split():
                found += tree(int(child))
    return found


def parent(pid: int) -> int:
    return int(after_name(pid)[1])


def after_name(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat that follow the name, which may hold spaces and parentheses."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def microseconds(pid: int) -> float:
    """The processor time of a process and its descendants, those that have ended and been waited for included."""
    while True:
        members = tree(pid)
        with suppress(FileNotFoundError, ProcessLookupError):
            total = TICK * sum(int(field) for each in members for field in after_name(each)[11:15])
            if tree(pid) == members:  # else the time of one that has just ended may be missing
                return total


def peak(pid: int) -> float:
    """The most memory that a process has had at any time, in megabytes; what it shares with others counts in full."""
    return megabytes(Path(f"/proc/{pid}/status"), "VmHWM")


def share(pid: int) -> float:
    """The memory that a process has now, in megabytes; what n processes share counts as an nth."""
    return megabytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss")


def memory(pid: int) -> tuple[float, float]:
    """The memory of a process and its descendants now, and the most that one of them has had, in megabytes."""
    shares, peaks = [], []
    for member in tree(pid):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended
            shares.append(share(member))
            peaks.append(peak(member))
    return sum(shares), max(peaks)


def megabytes(file: Path, field: str) -> float:
    (line,) = [line for line in file.read_text().splitlines() if line.startswith(f"{field}:")]
    return int(line.split()[1]) / 1024


def hurry(pid: int) -> None:
    """Make a process and its descendants as urgent as this one, where Linux weighs each session for itself."""
    own = Path("/proc/self/autogroup")
    if own.exists():
        urgency = own.read_text().split()[-1]
        for each in tree(pid):
            with suppress(FileNotFoundError, ProcessLookupError):
                Path(f"/proc/{each}/autogroup").write_text(urgency)
