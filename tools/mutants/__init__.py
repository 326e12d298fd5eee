"""Mutation testing of wire/, crypto/ and rules/: docs/mutants.md."""
