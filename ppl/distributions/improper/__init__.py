"""Priors that are not normalised."""
