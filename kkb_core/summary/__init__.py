"""A week and a round in numbers: pure rules over counts and sums. Nothing here asks or words anything.

`tallies` adds up scores, `changes` says what a mean did since a round ago and why, `cells` keeps small
groups from being seen, `week` puts a village's or a cadre's week together.
"""
