"""One data sheet a flavor: models, inputs, and what the library itself answers. They are read by both sides."""
