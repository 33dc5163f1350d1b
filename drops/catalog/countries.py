"""
Countries that follow a rule together, as ISO 3166-1 alpha-2.
"""

# Member states of the European Union, where a creator of the union charges tax across borders too.
EU = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905 - a column of 27 says no more
)
EEA = EU | {"IS", "LI", "NO"}
# Where a price that people read has its tax in it (for the Union: Directive 98/6/EC, art. 2 (a)). Elsewhere, as in the
# United States, it may be added at the end.
SHOWS_TAX = EEA | {"CH", "GB"}
# Nobody may be charged for paying by an ordinary card there: Directive (EU) 2015/2366, art. 62 (4), and the Consumer Rights
# (Payment Surcharges) Regulations 2012 of the United Kingdom.
NO_SURCHARGE = EEA | {"GB"}
