"""What users and we test with: a store in memory, a clock that stands still, a server in this process."""
