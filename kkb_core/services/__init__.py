"""What the programme does, one use case a module: given an open transaction where it needs one, and `now`."""
