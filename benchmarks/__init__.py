"""What requests cost, beside a peer and a floor: `make bench` measures, and writes docs/performance.md."""
