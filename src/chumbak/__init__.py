"""Chumbak: can a country build its own rare-earth magnet supply, and how?

The rooms, in the order data takes: ``pack`` (what is known), ``stocks`` (what society holds), ``answer``
(the questions), ``report`` (what people read). Heavy libraries load where they are used.
"""

__version__ = "0.1.0"
