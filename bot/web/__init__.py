"""What a browser meets: the chat simulator, and what a machine asks about our health."""
