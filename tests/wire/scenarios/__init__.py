"""What is recorded: the story told by the real client, and hand-made requests."""
