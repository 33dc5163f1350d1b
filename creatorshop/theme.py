"""
The office's colours: warm paper and bottle green, as everywhere; static/storefront/tokens.css has the palette.
"""

COLORS = {
    "base": {
        "50": "#fdfdfa",
        "100": "#f7f6f1",
        "200": "#edebe4",
        "300": "#d6d4cc",
        "400": "#9da097",
        "500": "#5e6964",
        "600": "#47534d",
        "700": "#2a332e",
        "800": "#1d2722",
        "900": "#131c18",
        "950": "#0c120f",
    },
    "primary": {
        "50": "#eef8f2",
        "100": "#d9f0e3",
        "200": "#b4dfc8",
        "300": "#8fd6b2",
        "400": "#6fce9e",
        "500": "#3aa377",
        "600": "#0e5b3f",
        "700": "#0c4d36",
        "800": "#0b3f2c",
        "900": "#0a3325",
        "950": "#04160e",
    },
}
