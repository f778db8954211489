"""What a household survey is: no chat platform, no web."""
