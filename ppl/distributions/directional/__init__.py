"""Laws of directions and angles."""
