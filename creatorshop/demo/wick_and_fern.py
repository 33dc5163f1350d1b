from datetime import date

from creatorshop.demo.shapes import (
    DemoCapsule,
    DemoCustoms,
    DemoPerson,
    DemoPhoto,
    DemoProduct,
    DemoShop,
    DemoSku,
    DemoStory,
    DemoTaxDetails,
)

CANDLE = DemoProduct(
    handle="amber-glass-candle",
    title="Amber glass candle",
    product_type="Candles",
    option_name="Scent",
    body_html=(
        "<p>Rapeseed wax in a heavy amber glass, poured at the kitchen table twenty at a time. No. 4 is cedar with a "
        "little smoke and orange peel: a room with books in it. No. 7 is fig, leaf and all: green first, sweet "
        "later.</p>"
        "<p>Let the first burn melt the wax to the edge, about two hours; after that it stays level to the end. Trim "
        "the wick when it bends.</p>"
        "<ul><li>220 g of wax, about 45 hours</li><li>8 cm across, 9.5 cm high</li><li>480 g with the glass</li></ul>"
    ),
    benefits=(
        "Burns for about 45 hours",
        "Rapeseed wax and a cotton wick, nothing dyed: the amber is the glass",
        "The empty glass washes out and makes a good tumbler",
    ),
    tags=("candle", "home", "scent"),
    customs=DemoCustoms("340600", "Scented rapeseed wax candle in glass", "Rapeseed wax, glass"),
    skus=(
        DemoSku("AC-CEDAR", "No. 4 cedar", 2600, 480, 20, "#8b5e3c"),
        DemoSku("AC-FIG", "No. 7 fig", 2600, 480, 20, "#6f7d52"),
    ),
    photos=(
        DemoPhoto(
            "candle-cedar.jpg",
            "Amber glass candle labelled Wick & Fern no. 4 cedar on a wooden round beside a fern frond.",
            (0.44, 0.47),
            "AC-CEDAR",
        ),
        DemoPhoto(
            "candle-fig.jpg",
            "Amber glass candle labelled Wick & Fern no. 7 fig on a pale stone slab.",
            (0.49, 0.47),
            "AC-FIG",
        ),
        DemoPhoto(
            "candle-detail.jpg",
            "Close view into the amber glass: cream wax, an unlit cotton wick and the paper label.",
            (0.50, 0.52),
        ),
    ),
)

WICK_AND_FERN = DemoShop(
    slug="wick-and-fern",
    name="Wick & Fern",
    tagline="Two candles, poured by hand on a hill above Bath.",
    story=(
        "Maud Ellery pours candles in the evening, when the house has gone to bed. There are two scents, because two "
        "came out right. Each took a winter of trying, and the notebook says why the other thirty did not.\n\n"
        "A pour is forty candles. They rest for two weeks so that the scent settles in the wax, then they go on sale "
        "for one evening."
    ),
    greeting="Hello from Maud. Ask me about the scents, the wax, or when the next pour is ready.",
    avatar="avatar-wick-and-fern.jpg",
    banner="",
    banner_alt="",
    accent="#2d5a3d",
    currency="GBP",
    country="GB",
    time_zone="Europe/London",
    service_fee_bp=250,
    service_fee_fixed_minor=20,
    told=DemoStory(
        title="A notebook of thirty failures",
        body=(
            "<p>My grandmother kept bees and her candles smelt of nothing but the hive. I have spent eleven years trying to make "
            "something that smells of as little, and of one thing only.</p>"
            "<p>There is a notebook. It has thirty-two numbered scents in it, and beside thirty of them it says why not: too "
            "sweet after an hour, fine until the window was opened, smells of my dentist. Number four is cedar and number "
            "seven is fig. I have not had a reason to write down number thirty-three yet.</p>"
            "<h2>An evening's pour</h2>"
            "<p>I pour after the children are in bed, forty glasses on the kitchen table. It is slow wax, and it must not be "
            "moved, so that evening nobody gets a glass of water without my permission. Then the candles rest for two weeks "
            "in the larder. They go on sale for one evening because after that I should like my larder back.</p>"
            "<p><em>Maud Ellery, near Bath</em></p>"
        ),
        portrait="candle-fig.jpg",
        portrait_alt="A candle in amber glass with a paper label, on a block of pale stone.",
    ),
    # Without her tax number, so that the office has something to ask for.
    tax=DemoTaxDetails(
        kind="person",
        first_name="Maud",
        last_name="Ellery",
        date_of_birth=date(1984, 9, 2),
        street="7 Cotham Vale",
        postcode="BS6 6HR",
        city="Bristol",
        country="GB",
    ),
    people=(DemoPerson("maud", "Maud", "Ellery", "owner"),),
    capsules=(
        DemoCapsule(
            slug="evening-pour",
            title="The evening pour",
            story="Forty candles in two scents, poured by the same hand into the same glass, two weeks ago.",
            products=(CANDLE,),
        ),
    ),
)
