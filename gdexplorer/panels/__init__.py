"""One dock a file: panels draw frames and emit commands, and do no maths."""
