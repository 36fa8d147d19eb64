"""Policy: rules as files, judged against a plan before anything is done and again right before a deferred step."""
