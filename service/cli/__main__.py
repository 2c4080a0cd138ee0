"""``python -m service.cli``: the same as ``freehold``; so are the parts of ``freehold up`` started."""

from service.cli import main

if __name__ == "__main__":
    main()
