"""State: the plan container, and the ledger, journal, runs and leases behind the backend protocol."""
