"""The samplers, one module a family."""
