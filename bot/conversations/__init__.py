"""What is said on every channel alike: a message in, messages out. One file a conversation.

A conversation knows no platform, sends nothing and remembers nothing between two messages: where
a person stands is a row.
"""
