"""A comparison as one HTML page that opens offline, with its figures and tables beside it.

Everything comes from the results' own file; the data are not asked for. `findings` are what the
statistics say, `contents` and `summary` lay them out as tables and sentences, `pictures` draws
them, `page` makes HTML of all that.
"""

from .writing import write_report

__all__ = ["write_report"]
