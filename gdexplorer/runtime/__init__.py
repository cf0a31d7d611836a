"""The threads: the trainer beside the window, and a pool for slow measurements. QtCore only."""
