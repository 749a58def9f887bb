"""Loops and branches as operations: bodies, scans, branches, repetition until a condition fails."""
