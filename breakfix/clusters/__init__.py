"""Clusters to play on: one seam (base.py), what stands behind it, and what is asked of it."""
