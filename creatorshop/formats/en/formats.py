# As on the shop's own pages. Django's English is American, with "midnight", "noon" and "a.m.".
DATE_FORMAT = "D j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "D j M Y, H:i"
