"""The only input and output of the library: clocks, entropy, files, databases, pictures."""
