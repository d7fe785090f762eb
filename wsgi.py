"""What gunicorn and the flask command load. Exit status 3 tells gunicorn not to try again."""

import sys

from project import create_app
from project.config import InvalidSetting

try:
    app = create_app()
except InvalidSetting as error:
    sys.stderr.write("".join(f"Cannot start: {reason}\n" for reason in error.args))
    raise SystemExit(3) from None
