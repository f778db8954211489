"""A household survey as values: what is asked, where an interview stands, what it scores.

Pure: no clock, no database, no sending, no language of its own.
"""
