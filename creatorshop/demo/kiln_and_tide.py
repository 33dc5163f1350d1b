from creatorshop.demo.shapes import (
    DemoCapsule,
    DemoCustoms,
    DemoExtra,
    DemoPerson,
    DemoPhoto,
    DemoProduct,
    DemoSeller,
    DemoShop,
    DemoSku,
    DemoStory,
    DemoTaxDetails,
    DemoTier,
)

RING_MUG = DemoProduct(
    handle="ring-mug",
    title="Ring mug",
    product_type="Mugs",
    option_name="Glaze",
    body_html=(
        "<p>A straight-sided mug with a wide handle, thrown in a speckled stoneware and carved with eleven rings while "
        "the clay was still soft enough to take them. The rings are there for the hand: the mug is easy to hold wet, "
        "and it warms the fingers without burning them.</p>"
        "<p>Glazed cream inside, so that you see how strong the tea is. The foot is left bare and sanded, and does "
        "not scratch a table.</p>"
        "<ul><li>300 ml, 9 cm high, 8.5 cm across</li><li>420 g</li><li>Fired to 1,240 °C</li></ul>"
    ),
    benefits=(
        "Holds 300 ml, and a handle that takes three fingers",
        "Rings carved by hand: easy to hold, even wet",
        "Safe in the dishwasher and the microwave",
    ),
    tags=("stoneware", "mug", "kitchen"),
    customs=DemoCustoms("691200", "Glazed stoneware coffee mug", "Stoneware"),
    skus=(
        DemoSku("RM-SAGE", "Sage", 3800, 420, 24, "#95a683"),
        DemoSku("RM-TERRACOTTA", "Terracotta", 3800, 420, 16, "#b9583a"),
        DemoSku("RM-MIDNIGHT", "Midnight", 3800, 420, 8, "#2e3d57"),
        DemoSku("RM-MARIGOLD", "Marigold", 3800, 420, 12, "#d9953b"),
    ),
    photos=(
        DemoPhoto(
            "ring-mug-sage.jpg",
            "Sage green stoneware mug with carved rings, a cream inside and an unglazed clay foot.",
            (0.47, 0.52),
            "RM-SAGE",
        ),
        DemoPhoto(
            "ring-mug-terracotta.jpg",
            "Terracotta stoneware mug with carved rings and a wide handle on a sand backdrop.",
            (0.47, 0.52),
            "RM-TERRACOTTA",
        ),
        DemoPhoto(
            "ring-mug-midnight.jpg",
            "Midnight blue stoneware mug with carved rings on a pale grey-green backdrop.",
            (0.47, 0.52),
            "RM-MIDNIGHT",
        ),
        DemoPhoto(
            "ring-mug-marigold.jpg",
            "Marigold yellow stoneware mug with carved rings on a dusty rose backdrop.",
            (0.47, 0.52),
            "RM-MARIGOLD",
        ),
        DemoPhoto(
            "ring-mug-group.jpg",
            "Four ring mugs: midnight stacked on terracotta, marigold in front, sage behind.",
            (0.48, 0.52),
        ),
        DemoPhoto(
            "ring-mug-detail.jpg",
            "Close view of the sage mug: speckled glaze, carved rings and where the handle joins.",
            (0.42, 0.50),
        ),
    ),
)

TIDE_BOWL = DemoProduct(
    handle="tide-bowl",
    title="Tide bowl",
    product_type="Bowls",
    option_name="Dip",
    body_html=(
        "<p>A wide, shallow bowl that is dipped twice, half in one glaze and half in the other. Where the two meet the "
        "line wavers, because a hand held the bowl and a hand is not a machine. No two lines are alike; the pictures "
        "show the ones that came out of this firing.</p>"
        "<p>The throwing rings are left to be felt at the bottom, and the rim is bare clay.</p>"
        "<ul><li>26 cm across, 6 cm deep</li><li>980 g</li><li>Fired to 1,240 °C</li></ul>"
    ),
    benefits=(
        "26 cm across: pasta for one, salad for two, fruit for a week",
        "Dipped by hand, so every tide line is its own",
        "Safe in the dishwasher; warm it in the oven up to 120 °C",
    ),
    tags=("stoneware", "bowl", "kitchen"),
    customs=DemoCustoms("691200", "Glazed stoneware serving bowl", "Stoneware"),
    skus=(
        DemoSku("TB-FOAM", "Foam", 6400, 980, 12, "#c3d8d5"),
        DemoSku("TB-DEEP", "Deep", 6400, 980, 8, "#2f5673"),
    ),
    photos=(
        DemoPhoto(
            "tide-bowl-foam.jpg",
            "Wide shallow bowl, half foam white and half pale sea green, with a bare clay rim.",
            (0.50, 0.48),
            "TB-FOAM",
        ),
        DemoPhoto(
            "tide-bowl-deep.jpg",
            "Wide shallow bowl, half deep blue and half speckled cream, with a soft dip line.",
            (0.50, 0.48),
            "TB-DEEP",
        ),
        DemoPhoto(
            "tide-bowl-detail.jpg",
            "Close view of the foam bowl: bare clay rim, throwing rings and the wavering dip line.",
            (0.55, 0.50),
        ),
    ),
)

BUD_VASE = DemoProduct(
    handle="bud-vase",
    title="Bud vase",
    product_type="Vases",
    option_name="Glaze",
    body_html=(
        "<p>A small vase with a round belly and a neck as narrow as a thumb. One branch stands up in it by itself, and "
        "goes on doing so when somebody bumps the table: most of the weight is at the bottom.</p>"
        "<p>Chalk is matt and dry to the touch. Ink is glossy, and shows the throwing lines where the glaze ran thin. "
        "The branches in the pictures stay with Ines.</p>"
        "<ul><li>16 cm high, 9 cm at the belly</li><li>310 g</li></ul>"
    ),
    benefits=(
        "Takes one branch, or three thin stems",
        "Watertight: each one stood full for a night before it was packed",
    ),
    tags=("stoneware", "vase", "home"),
    customs=DemoCustoms("691390", "Glazed stoneware flower vase", "Stoneware"),
    skus=(
        DemoSku("BV-CHALK", "Chalk", 4600, 310, 6, "#e6e0d6"),
        DemoSku("BV-INK", "Ink", 4600, 310, 6, "#2b3037"),
    ),
    photos=(
        DemoPhoto(
            "bud-vase-chalk.jpg",
            "Small chalk white vase with a slim neck, holding one dried branch with tan leaves.",
            (0.48, 0.62),
            "BV-CHALK",
        ),
        DemoPhoto(
            "bud-vase-ink.jpg",
            "Small glossy ink black vase with a slim neck, holding one budding willow branch.",
            (0.52, 0.62),
            "BV-INK",
        ),
    ),
)

KILN_AND_TIDE = DemoShop(
    slug="kiln-and-tide",
    name="Kiln & Tide",
    tagline="Stoneware from a small kiln in Lisbon, sold by the firing.",
    story=(
        "Ines Okoro throws every piece herself, in a former net store by the river in Marvila. The clay is a speckled "
        "stoneware; the glazes are mixed in buckets and tried on tiles until two firings in a row agree.\n\n"
        "A firing is about ninety pieces. When the kiln has cooled and the feet are sanded, the batch goes on sale for "
        "a day or two, and what is left afterwards goes on the studio's own shelf. Nothing is made to look rarer than "
        "it is: the number you see is the number of pieces standing there.\n\n"
        "Parcels leave on the working day after a batch closes. In Lisbon you can also fetch yours at Café Mira, ten "
        "minutes from the studio, where it waits behind the counter with your name on it."
    ),
    greeting="Hello, Ines here. The kiln is unpacked. Pick a piece, and I will show you the full price first.",
    avatar="avatar-kiln-and-tide.jpg",
    banner="hero-kiln-and-tide.jpg",
    banner_alt="Vases, a bowl and four ring mugs on an oak shelf in soft window light.",
    accent="",  # rust, her colour, could be taken for the one that means time; the shop's own green stays
    currency="EUR",
    country="PT",
    time_zone="Europe/Lisbon",
    service_fee_bp=250,
    service_fee_fixed_minor=25,
    told=DemoStory(
        title="Ninety pieces, one kiln",
        body=(
            "<p>I came to clay by mistake. I was a bookkeeper for a shipping agent in Alcântara, and the evening class that I "
            "had paid for, Portuguese tiles, was full. There was one wheel left next door. I sat down at it on a Tuesday in "
            "2011 and have not really stood up since.</p>"
            "<h2>The room</h2>"
            "<p>The studio is a net store by the river in Marvila. The nets are gone, the hooks in the beams are not, and on "
            "them I dry what is too wide for the shelves. The kiln is called Custódia, after the woman who sold it to me. She "
            "takes ninety pieces if I load her well, and fourteen hours to get to 1,240 degrees. Then nobody opens her for a "
            "day and a half, me included, although I have tried.</p>"
            "<h2>The rings</h2>"
            "<p>The rings on the mugs are where my fingers stop, once for every turn. I do not measure them. That is why no "
            "two mugs have quite the same number, and why your hand finds the place to hold before you look for it.</p>"
            "<h2>Why so few</h2>"
            "<p>Because that is how many fit. I could buy a second kiln and hire somebody to throw, and then I would be a "
            "bookkeeper again. When a firing is sold out, the next one is about three weeks away. I say so on the page, and "
            "if something cracks in the kiln, I say that, too.</p>"
            "<p><em>Ines Okoro, Lisbon</em></p>"
        ),
        portrait="ring-mug-group.jpg",
        portrait_alt="Four ring mugs from one firing, midnight on top of terracotta, marigold and sage in front.",
    ),
    seller=DemoSeller(
        legal_name="Kiln & Tide, Unipessoal Lda.",
        street="Rua da Bica de Duarte Belo 21",
        postcode="1200-054",
        city="Lisboa",
        country="PT",
        email="contas@kilnandtide.example",
        vat_id="PT599999993",
        register_line="Conservatória do Registo Comercial de Lisboa, NIPC 599999993",
        prefix="KT",
        language="en",
    ),
    tax=DemoTaxDetails(kind="entity", registration_number="NIPC 599999993", tins=("PT 599999993",)),
    people=(
        DemoPerson("ines", "Ines", "Okoro", "owner"),
        DemoPerson("rui", "Rui", "Teixeira", "packer"),
    ),
    capsules=(
        DemoCapsule(
            slug="from-the-shelf",
            title="From the shelf",
            story=(
                "Three forms that Ines comes back to with every firing: a mug, a bowl and a vase. The shapes stay; the "
                "glazes move a little with the weather, the clay and the place in the kiln."
            ),
            products=(RING_MUG, TIDE_BOWL, BUD_VASE),
        ),
    ),
    extras=(
        DemoExtra("packaging", "Gift wrap", "In linen cloth, tied with string. No price inside.", 400),
        DemoExtra("packaging", "Plastic-free parcel", "Wood wool and paper tape instead of bubble wrap.", 150),
        DemoExtra("extra", "Care kit", "A soft brush and a bar of soap that leaves no film on the glaze.", 900),
        DemoExtra("extra", "Note from the kiln", "Handwritten: where in the kiln yours stood.", 200, is_per_unit=True),
    ),
    tier=DemoTier(
        "Friends of the kiln", ("Buy first, where a batch keeps its first minutes", "A word when the kiln is opened")
    ),
)
