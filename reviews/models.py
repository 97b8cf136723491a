"""Verdicts about proposals."""
