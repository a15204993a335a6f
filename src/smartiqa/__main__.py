"""`python -m smartiqa <stage>`: see `smartiqa.cli`."""

from smartiqa.cli import main

if __name__ == "__main__":
    main()
