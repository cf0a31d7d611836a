"""The command line: runs, replays, benchmarks and pictures, by the same schema as the window."""
