"""`python -m smartiqa <stage>`: see `smartiqa.cli`; a build's worker may run it, see `worker`."""

import sys

from smartiqa.worker import hand_over

if __name__ == "__main__":
    hand_over()

    try:
        from smartiqa.cli import main
    except ModuleNotFoundError as error:
        sys.stderr.write(
            f"error: the Python of this job, {sys.executable}, has no {error.name}; its image or "
            "environment lacks the packages of envs/requirements.txt\n"
        )
        sys.exit(2)

    main()
