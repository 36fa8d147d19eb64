"""The applier: opens a run, carries out the steps of a plan through the scheduler, and closes the run."""
