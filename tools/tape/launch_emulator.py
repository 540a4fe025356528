"""Starts ministack so that functions run on a bare interpreter. Run by the emulator's own environment.

ministack runs functions on `sys.executable`, whose site-packages they would see; a missing dependency would
go unnoticed until AWS. So the name is bent to an environment with nothing in it.
"""

import os
import sys

sys.executable = os.environ["TICKERTAPE_RUNTIME_PYTHON"]

from ministack.app import main  # noqa: E402 (only after the line above)

main()
