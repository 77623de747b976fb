"""How the process ends, for those who start it."""

DONE = 0
# The hub refused: what it said stands on the error output.
REFUSED = 1
# The command line or the settings are wrong.
USAGE = 2
# The hub does not answer, or not in time.
UNREACHABLE = 3
# A scan needs a decision: a content is lost or away, or messages may have been missed.
DECISION = 4
# The position is in use, or cannot be read.
POSITION = 5
# A file cannot be read or written.
FILES = 6
# As shells say of programs that a signal ended: the reader of our output went away (SIGPIPE).
BROKEN_PIPE = 141
