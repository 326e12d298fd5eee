"""The test-vector generator: `python -m vectors.generate [--out DIR]`.

It shares no code with the library: it has its own encoders and states the formulas of spec/vitaletoken.md anew, so that the
vectors do not merely say what one implementation does. Nothing here is random, reads a clock or depends on the machine.
"""
