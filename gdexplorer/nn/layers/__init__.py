"""Kinds of layers: each contributes its calls to the plan of a network."""
