"""Tests of take-back."""
