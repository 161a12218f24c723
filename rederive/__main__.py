"""`python -m rederive`: the same as the command."""

from rederive.cli import entry

if __name__ == "__main__":
    entry()
