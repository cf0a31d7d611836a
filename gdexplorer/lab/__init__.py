"""The experiment: schema, commands, state, history, frame and session. No Qt, no threads, no wall clock."""
