"""`make bench`: every measurement, Gatehouse and its peers in turn, medians of alternated rounds, one table.

python -m bench [--rounds 3] [--sockets 1000,2000] [--write]
                [--only relay,latency,cold,memory,bus,kept,subscription,sockets,list]
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from bench.plan import MEASUREMENTS, measure
from bench.processes import has_peers, keep_to_the_load_core
from bench.table import machine, table, write


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(MEASUREMENTS), help="measurements, comma-separated")
    parser.add_argument("--sockets", default="1000,2000", help="how many sockets, comma-separated")
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    options = parser.parse_args()
    chosen = options.only.split(",")
    if unknown := set(chosen) - set(MEASUREMENTS):
        parser.error(f"there is no measurement {min(unknown)} (there is {', '.join(MEASUREMENTS)})")
    if not has_peers():
        sys.exit("The peers are not installed: run `make bench`, which does it with npm.")
    keep_to_the_load_core()
    sockets = [int(number) for number in options.sockets.split(",")]
    rows = asyncio.run(measure(chosen, options.rounds, sockets))
    result = f"{machine(options.rounds)}\n\n{table(rows)}\n"
    print(result)
    if options.write:
        write(result)


if __name__ == "__main__":
    main()
