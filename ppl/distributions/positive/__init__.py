"""Laws on the nonnegative half line."""
