"""Laws on countable sets."""
