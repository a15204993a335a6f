"""`python -m smartiqa <stage>`: see `smartiqa.cli`; a build's worker may run it, see `worker`."""

from smartiqa.worker import hand_over

if __name__ == "__main__":
    hand_over()

    from smartiqa.cli import main

    main()
