"""`python -m breakfix`."""

from breakfix.cli.main import main

if __name__ == "__main__":
    main()
