"""Entry of the program: `python -I -S …/supervise INSTANCE_FOLDER`; see daemon.py."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[0] = os.path.dirname(here)
    __import__("supervise.daemon", fromlist=["main"]).main(sys.argv[1])
