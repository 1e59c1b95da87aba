"""What would a folder of files cost? Found, counted on all cores, kept, priced and shown."""
