"""`python -m rdfia_core`."""

from rdfia_core.cli import main

if __name__ == "__main__":
    main()
