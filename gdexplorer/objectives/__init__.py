"""A loss over one flat parameter vector θ: what everything else moves on, slices and measures."""
