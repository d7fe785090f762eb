"""The client: wrk, told by a Lua script what to send and how to report."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.operations import NUMBER, Request

MISSING = "wrk is needed, which drives the measurements. On Debian: apt-get install wrk"
CONNECTIONS = 16
PATIENCE = 20  # seconds

SCRIPT = """
local requests, index, number = {}, 0, %(start)d
function init()
%(lines)s
end
function request()
  index = index %% #requests + 1
  number = number + 1
  local found = requests[index]
  if type(found) == "string" then return found end
  local body = found[4]:gsub("%(number)s", string.format("%%08d", number))
  return wrk.format(found[1], found[2], found[3], body)
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('\\nREPORT {"microseconds": %%d, "requests": %%d, "p50": %%f, "p95": %%f, "p99": %%f, ' ..
    '"worst": %%f, "refused": %%d, "broken": %%d}\\n', summary.duration, summary.requests, latency:percentile(50),
    latency:percentile(95), latency:percentile(99), latency.max, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
"""


class Unusable(Exception):
    """A measurement that says nothing: requests were refused or connections broke."""


@dataclass(frozen=True)
class Drive:
    """What a client saw: how many answers in how many microseconds, and how long they took (milliseconds)."""

    microseconds: int
    requests: int
    p50: float
    p95: float
    p99: float
    worst: float

    @property
    def per_second(self) -> float:
        return self.requests / self.microseconds * 1e6


def is_there() -> bool:
    return shutil.which("wrk") is not None


def drive(
    url: str, requests: Sequence[Request], *, seconds: int, connections: int = CONNECTIONS, start: int = 0
) -> Drive:
    """Send the requests in turn for so long, as fast as they are answered; raises Unusable."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        lines = "\n".join(map(line, requests))
        file.write(SCRIPT % {"lines": lines, "number": NUMBER, "start": start})
        file.flush()
        options = [f"-c{connections}", f"-d{seconds}s", f"--timeout={PATIENCE}s", "--latency", "-s", file.name, url]
        done = subprocess.run(["wrk", "-t1", *options], capture_output=True, text=True, check=False)
    return read(done.stdout + done.stderr)


def read(output: str) -> Drive:
    """What our script has reported; raises Unusable."""
    found = [text.removeprefix("REPORT ") for text in output.splitlines() if text.startswith("REPORT ")]
    if not found:
        raise Unusable(output)
    report = json.loads(found[0])
    if report.pop("refused") + report.pop("broken") or not report["requests"]:
        raise Unusable(output)
    times = {name: report.pop(name) / 1000 for name in ("p50", "p95", "p99", "worst")}
    return Drive(**report, **times)


def line(request: Request) -> str:
    """The statement that adds a request, formatted once; but where each has another number, when it is sent."""
    headers = ", ".join(f"[{quoted(name)}] = {quoted(value)}" for name, value in request.headers.items())
    body = quoted(request.body.decode()) if request.body else "nil"
    arguments = f"{quoted(request.method)}, {quoted(request.path)}, {{{headers}}}, {body}"
    made = f"{{{arguments}}}" if NUMBER.encode() in request.body else f"wrk.format({arguments})"
    return f"  table.insert(requests, {made})"


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
