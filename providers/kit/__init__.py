"""What the clouds share: schema archives, owner tags, an HTTP server for sandboxes."""
