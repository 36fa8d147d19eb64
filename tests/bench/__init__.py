"""`make bench`: how fast the parts are, each beside what one would use otherwise, in the same run."""
