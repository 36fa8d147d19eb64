"""What outsiders implement: a cloud, a backend, a policy engine, a sandbox. Interfaces and their data, no behaviour."""
