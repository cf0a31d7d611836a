"""What is measured about a step, one quantity a file. Probes measure and never draw."""
