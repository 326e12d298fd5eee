"""``python -m vitaletoken.cli``."""

import sys

from vitaletoken.cli import main

sys.exit(main())
