"""Laws of fields on graphs."""
