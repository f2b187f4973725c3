"""The questions: load, draw, compute, and return labelled numbers with the figures they rest on."""

from chumbak.answer.overview import Answer, overview

__all__ = ["Answer", "overview"]
