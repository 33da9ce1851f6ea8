"""Every flavor against its own library and the real MLflow; run by `make test-flavors`, an environment a library."""
