"""What the stack as a whole tells Prometheus: which parts run, what they take, how full the buckets are."""
