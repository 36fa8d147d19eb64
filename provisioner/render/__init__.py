"""What people and programs see: one redacted view model, and one file per format."""
