"""
Which state of the United States a ZIP code lies in, by its first three digits.

After the Postal Service's list of three-digit prefixes (Domestic Mail Manual, L002). A few prefixes cross a border by a street
or two; the whole prefix then counts for the state that has nearly all of it.
"""

from bisect import bisect_right

# The first prefix from which on a state has all of them; "" is nobody's, or the armed forces'.
_FROM = [
    (0, ""), (5, "NY"), (6, "PR"), (8, "VI"), (9, "PR"), (10, "MA"), (28, "RI"), (30, "NH"), (39, "ME"), (50, "VT"),
    (55, "MA"), (56, "VT"), (60, "CT"), (70, "NJ"), (90, ""), (100, "NY"), (150, "PA"), (197, "DE"), (200, "DC"),
    (201, "VA"), (202, "DC"), (206, "MD"), (220, "VA"), (247, "WV"), (270, "NC"), (290, "SC"), (300, "GA"), (320, "FL"),
    (340, ""), (341, "FL"), (350, "AL"), (370, "TN"), (386, "MS"), (398, "GA"), (400, "KY"), (430, "OH"), (460, "IN"),
    (480, "MI"), (500, "IA"), (530, "WI"), (550, "MN"), (569, "DC"), (570, "SD"), (580, "ND"), (590, "MT"), (600, "IL"),
    (630, "MO"), (660, "KS"), (680, "NE"), (700, "LA"), (716, "AR"), (730, "OK"), (733, "TX"), (734, "OK"), (750, "TX"),
    (800, "CO"), (820, "WY"), (832, "ID"), (840, "UT"), (850, "AZ"), (870, "NM"), (885, "TX"), (889, "NV"), (900, "CA"),
    (962, ""), (967, "HI"), (969, "GU"), (970, "OR"), (980, "WA"), (995, "AK"),
]  # fmt: skip
_STARTS = [start for start, _ in _FROM]


def region_of(*, country: str, postcode: str) -> str:
    """Return the part of a country that a postcode lies in, as ISO 3166-2 without the country; "" if that is not known."""
    prefix = postcode.strip()[:3]
    if country != "US" or len(prefix) < 3 or not prefix.isascii() or not prefix.isdigit():
        return ""
    return _FROM[bisect_right(_STARTS, int(prefix)) - 1][1]
