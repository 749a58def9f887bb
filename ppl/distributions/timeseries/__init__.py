"""Laws of series along time."""
