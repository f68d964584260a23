"""`python -m lakefront.stack.audit BUNDLE HOME ENV`: the receiver, as the supervisor starts it."""

import sys

from lakefront.stack.audit.receiver import main

sys.exit(main(sys.argv[1:]))
