"""The loss around a point: planes through parameter space, surfaces on them, trajectories in them."""
