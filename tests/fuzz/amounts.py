"""How much is tried, and from which seed on: FUZZ_REQUESTS on each engine, FUZZ_INPUTS by each reader, FUZZ_SEED."""

import os
import secrets
import sys
import time

REQUESTS = int(os.environ.get("FUZZ_REQUESTS") or 50_000)
INPUTS = int(os.environ.get("FUZZ_INPUTS") or 1_000_000)
SEED = int(os.environ.setdefault("FUZZ_SEED", str(secrets.randbelow(2**31))))
PAUSE = 15.0  # seconds between two lines of progress


class Progress:
    """Says from time to time how far something is, past pytest, which would keep it until the end."""

    def __init__(self, name: str, total: int) -> None:
        self.name, self.total, self.done = name, total, 0
        self.started = self.told = time.monotonic()
        self.tell()

    def count(self) -> None:
        self.done += 1
        if self.done == self.total or time.monotonic() - self.told > PAUSE:
            self.tell()

    def tell(self) -> None:
        self.told = time.monotonic()
        rate = self.done / max(self.told - self.started, 0.001)
        line = f"\n{self.name}, seed {SEED}: {self.done:,} of {self.total:,}, {rate:,.0f} a second"
        print(line, file=sys.__stderr__, flush=True)
