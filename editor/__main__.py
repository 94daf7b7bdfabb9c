"""``python -m editor``: the engine's process imports this module again, so nothing heavy happens on import."""

import multiprocessing
import sys

if __name__ == "__main__":
    # In a packaged program the engine's process starts here too.
    multiprocessing.freeze_support()
    from editor.app import main

    sys.exit(main())
