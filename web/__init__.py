"""Looks at the tree, and passes on what an operator says."""
