"""Test vectors; the generator is in `vectors.generate`."""
