"""Filled next."""

from nbprod.semantic.library import Library

LIBRARY = Library()
