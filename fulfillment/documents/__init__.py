"""
The papers of a batch: packing slips and pick list as PDF/UA, a table of parcels as CSV. Made from frozen facts alone.
"""

from fulfillment.documents.fonts import unprintable_in
from fulfillment.documents.papers import Paper, documents_of

__all__ = ["Paper", "documents_of", "unprintable_in"]
