"""`python -m lakefront.stack.monitor BUNDLE HOME ENV`: the monitor, as the supervisor starts it."""

import sys

from lakefront.stack.monitor.server import main

sys.exit(main(sys.argv[1:]))
