"""`python -m rederive` is the command `rederive`."""

from rederive.cli import entry

if __name__ == "__main__":
    entry()
