"""`python -m lakefront.stack BUNDLE HOME ENV`: the supervisor, as `lakefront up` starts it."""

import sys

from lakefront.stack.supervisor import main

sys.exit(main(sys.argv[1:]))
