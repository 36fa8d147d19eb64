"""The scheduler: ready work and due times over a bounded pool, with budgets and retry decisions, for reads and writes alike."""
