"""``python -m flowmill``."""

from flowmill.cli.main import main

if __name__ == "__main__":
    main()
