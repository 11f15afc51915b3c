"""Imported first by a service's `__main__`: the garbage collector rests while the rest is imported.

What an import makes stays, and the collector would go through it again and again: a tenth of a start. `runner.main`
lets it work again.
"""

import gc

gc.disable()
