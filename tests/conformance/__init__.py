"""One suite run over every resource type of every cloud: each type goes through the same cells."""
