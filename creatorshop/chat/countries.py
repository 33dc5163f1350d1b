"""Countries by their names in a language, as CLDR has them."""

from babel import Locale

# Two letters that are no country: the unions, the unknown, islands that are sent to as what they belong to, and CLDR's tests.
_NO_COUNTRIES = {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}


def names_of_countries(locale: str) -> dict[str, str]:
    """Return every country's code and name."""
    names = Locale.parse(locale).territories
    return {code: name for code, name in names.items() if len(code) == 2 and code not in _NO_COUNTRIES}
