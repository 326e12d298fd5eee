"""Bytes to parsed structures and back: no keys, no clock, no trust."""
