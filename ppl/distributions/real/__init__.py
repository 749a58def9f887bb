"""Laws on the whole real line."""
