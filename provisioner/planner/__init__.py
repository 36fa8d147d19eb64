"""The planner: pure functions from wanted, ledger and found to changes and steps. No clock, file, socket or provider."""
