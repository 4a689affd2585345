"""`python -m audit` is the command `audit`."""

from audit.cli import command

if __name__ == "__main__":
    command()
