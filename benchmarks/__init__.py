"""Measures what the product promises: `python -m benchmarks [name] [N]`. Never asserted in the suite."""
