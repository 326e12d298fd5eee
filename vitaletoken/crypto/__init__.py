"""The only importer of ``cryptography`` and ``nacl``: no primitive of our own, one place where each is used."""
