"""Import PyJWT without cryptography, which would take 11 MB of each process; HS256 needs none of it.

PyJWT imports it if it is installed. Second factors import it when they are used.
"""

import sys
from importlib import import_module
from typing import Any, Final, cast

HEAVY: Final = "cryptography"


def import_light() -> None:
    """Import PyJWT while the package seems not to be installed."""
    modules = cast(dict[str, Any], sys.modules)
    present = modules.pop(HEAVY, None)
    modules[HEAVY] = None  # an import raises ModuleNotFoundError
    import_module("jwt")
    del modules[HEAVY]
    if present:
        modules[HEAVY] = present


import_light()
