"""The experiment: schema, commands, state, history, frame and session. No Qt, no threads, and no clock but for timing
updates (`cost`, `benchmarks`).
"""
