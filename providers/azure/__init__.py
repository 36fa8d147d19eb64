"""Azure: every ARM type through one generic implementation."""
