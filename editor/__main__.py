"""``python -m editor``: the engine's process imports this module again, so nothing heavy happens on import."""

import sys

if __name__ == "__main__":
    from editor.app import main

    sys.exit(main())
