"""Published numbers by id. Sources are public; see the head of each module."""
