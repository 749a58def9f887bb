"""Laws on an interval."""
