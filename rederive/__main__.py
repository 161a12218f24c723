"""`python -m rederive`: the same as the command."""

from rederive.cli import main

if __name__ == "__main__":
    main()
