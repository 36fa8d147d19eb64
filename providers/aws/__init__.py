"""AWS: its schemas, its provider and its sandbox, which know nothing of each other but the schemas."""
