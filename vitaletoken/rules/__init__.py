"""The protocol's rules, pure: values in, a proof or one typed error out. No port, clock, randomness or file.

``Parsed...`` goes in and ``Verified...`` comes out; only the function that did the checking can make the latter.
"""
