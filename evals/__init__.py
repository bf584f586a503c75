"""Measure the answers and their cost."""
