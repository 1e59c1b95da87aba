"""What if I have no key? A model that runs here, speaks the real wire format, and never pretends to be Claude."""
