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

LP = DemoProduct(
    handle="long-wave-lp",
    title="Long Wave, LP",
    product_type="Records",
    option_name="Vinyl",
    body_html=(
        "<p>Eight pieces for tape, bass clarinet and a shortwave receiver, recorded between two and five in the "
        "morning, when the harbour is quiet enough to hear the stations drift. Forty-one minutes, meant to be heard "
        "from one end to the other.</p>"
        "<p>Cut at half speed and pressed on 180 g vinyl. The sleeve is printed on the uncoated side of the board, so "
        "that the navy stays matt; the inner sleeve is lined paper. A card with a download code lies inside.</p>"
        "<ul><li>12 inch, 33⅓ rpm, 41 minutes</li><li>380 g with its sleeve</li><li>Black and amber sound the same; "
        "we listened</li></ul>"
    ),
    benefits=(
        "180 g vinyl, cut at half speed",
        "Heavy matt sleeve and a lined inner sleeve",
        "Download code inside, in any format you like",
    ),
    tags=("record", "ambient", "vinyl"),
    customs=DemoCustoms("852380", "Vinyl record in cardboard sleeve", "Vinyl, cardboard"),
    skus=(
        DemoSku("LW-BLACK", "Black", 2900, 380, 120, "#1e1e20"),
        DemoSku("LW-AMBER", "Amber", 3400, 380, 60, "#e08a2e"),
    ),
    photos=(
        DemoPhoto(
            "lp-black.jpg",
            "Black vinyl record half out of a navy sleeve printed with rings over a coral moon.",
            (0.45, 0.50),
            "LW-BLACK",
        ),
        DemoPhoto(
            "lp-amber.jpg",
            "Translucent amber record half out of a navy sleeve printed with rings over a coral moon.",
            (0.45, 0.50),
            "LW-AMBER",
        ),
        DemoPhoto(
            "lp-detail.jpg",
            "Close view of the black record: fine grooves, striped coral label and sleeve edge.",
            (0.40, 0.46),
        ),
    ),
)

PRINT = DemoProduct(
    handle="hour-of-the-hills",
    title="Hour of the hills, print",
    product_type="Prints",
    option_name="Sun",
    body_html=(
        "<p>A sun over two ranges of hills, printed in two inks on a second-hand risograph. The grain is the machine's: "
        "each colour is pushed through its own stencil, and the two never meet exactly. Look for the pale seam along "
        "the ridge.</p>"
        "<p>Framed in oak behind glass that does not mirror, with a hook at the back. Numbered in pencil below the "
        "print.</p>"
        "<ul><li>Print 29.7 × 42 cm, frame 34 × 46 cm</li><li>1.4 kg</li><li>240 g cotton paper</li></ul>"
    ),
    benefits=(
        "Two soy inks on cotton paper, numbered by hand",
        "Framed in oak and ready to hang",
    ),
    tags=("print", "risograph", "framed"),
    customs=DemoCustoms("491191", "Framed risograph print on paper", "Paper, oak, glass"),
    skus=(
        DemoSku("HH-CORAL", "Coral", 7200, 1400, 40, "#f28b74"),
        DemoSku("HH-TEAL", "Teal", 7200, 1400, 40, "#3fae97"),
    ),
    photos=(
        DemoPhoto(
            "print-coral.jpg",
            "Oak framed riso print of a grainy coral sun over blue hills, leaning on a plaster wall.",
            (0.50, 0.47),
            "HH-CORAL",
        ),
        DemoPhoto(
            "print-teal.jpg",
            "Oak framed riso print of a grainy teal sun over coral hills, leaning on a rose wall.",
            (0.50, 0.47),
            "HH-TEAL",
        ),
    ),
)

PIN = DemoProduct(
    handle="harbour-light-pin",
    title="Harbour light, enamel pin",
    product_type="Pins",
    option_name="Metal",
    body_html=(
        "<p>The lighthouse on the back cover of Long Wave, at the size of a thumbnail. Hard enamel, polished flat with "
        "the metal, so that nothing catches on a coat. Two posts at the back keep it upright.</p>"
        "<p>It comes on a card printed with the rings of the record.</p>"
        "<ul><li>28 × 32 mm</li><li>24 g with its card</li></ul>"
    ),
    benefits=(
        "Hard enamel, polished flat",
        "Two posts, so that the lighthouse stays upright",
    ),
    tags=("pin", "enamel"),
    customs=DemoCustoms("711719", "Enamelled metal lapel pin", "Enamelled brass"),
    skus=(
        DemoSku("HL-GOLD", "Gold", 1200, 24, 80, "#c9a04a"),
        DemoSku("HL-SILVER", "Silver", 1200, 24, 80, "#b4b9c1"),
    ),
    photos=(
        DemoPhoto(
            "pin-gold.jpg",
            "Arched enamel pin with gold lines: a striped lighthouse, crescent moon and teal waves.",
            (0.49, 0.48),
            "HL-GOLD",
        ),
        DemoPhoto(
            "pin-silver.jpg",
            "Arched enamel pin with silver lines: a lighthouse, crescent moon and dusk blue waves.",
            (0.49, 0.48),
            "HL-SILVER",
        ),
    ),
)

NIGHT_SIGNAL = DemoShop(
    slug="night-signal",
    name="Night Signal",
    tagline="Records and prints from a harbour studio, one edition at a time.",
    story=(
        "Night Signal is Noor Visser and Joris Baan, a tape machine and a risograph, on the second floor of a warehouse "
        "in Rotterdam. She records; he prints. Every edition is a record and the pictures that were made while it was "
        "being mixed.\n\n"
        "An edition opens on a Friday evening and stays open for the weekend. The numbers are small because the press "
        "run is small, and they are the same for everybody: two of a kind for each person, first come, first served.\n\n"
        "Records travel in boxes made for records. If one arrives with a bent corner, write to us and keep it: we send "
        "another."
    ),
    greeting="Good evening from the second floor. Here is what lies on the table, with the price and the numbers.",
    avatar="avatar-night-signal.jpg",
    banner="hero-night-signal.jpg",
    banner_alt="A framed print, a record in its sleeve and a small enamel pin on an oak sideboard.",
    accent="#23396b",
    currency="EUR",
    country="NL",
    time_zone="Europe/Amsterdam",
    service_fee_bp=250,
    service_fee_fixed_minor=25,
    told=DemoStory(
        title="Two floors above the harbour",
        body=(
            "<p>Noor had the tape machine, Joris had the printer, and the room was too expensive for either of us alone. That is "
            "the whole founding myth of Night Signal.</p>"
            "<p>The name comes from the window. From the second floor you see the lights that bring the pilots out at night: "
            "two long, one short, a pause. Noor recorded an evening of it in 2019, clicking relays and all, and it became the "
            "first side of the first record.</p>"
            "<h2>How an edition comes about</h2>"
            "<ul>"
            "<li>Noor records for some weeks, straight to tape, mostly after ten.</li>"
            "<li>Joris sits in the same room and draws what he hears. He says that he does not listen.</li>"
            "<li>We press one run and print until the drum of that colour is empty. That decides how many there are.</li>"
            "</ul>"
            "<p>We do not press again. Not to be clever: the masters are cut for one run, and the ink for the next edition is "
            "another ink. What you can always do is listen, everything we made is on the air somewhere.</p>"
            "<p><em>Noor Visser and Joris Baan, Rotterdam</em></p>"
        ),
        portrait="lp-detail.jpg",
        portrait_alt="Close view of a black record halfway out of its sleeve of white lines on blue.",
    ),
    seller=DemoSeller(
        legal_name="Night Signal B.V.",
        street="Keilestraat 9",
        postcode="3029 BP",
        city="Rotterdam",
        country="NL",
        email="admin@nightsignal.example",
        vat_id="NL999999990B99",
        register_line="KvK 99999990",
        prefix="NS",
        language="en",
    ),
    tax=DemoTaxDetails(kind="entity", registration_number="KvK 99999990", tins=("NL 999999990",)),
    people=(DemoPerson("noor", "Noor", "Visser", "owner"), DemoPerson("joris", "Joris", "Baan", "helper")),
    capsules=(
        DemoCapsule(
            slug="long-wave",
            title="Long Wave",
            story=(
                "A record made at night, the print that hung over the mixing desk, and the lighthouse that could be "
                "seen from the window. One edition of each; when it is gone, it was that."
            ),
            products=(LP, PRINT, PIN),
        ),
    ),
    tier=DemoTier("Long listeners", ("The first hour of each pressing",)),
    extras=(
        DemoExtra("packaging", "Gift wrap", "In a misprinted sheet from the print room, each one different.", 350),
        DemoExtra("extra", "Signed insert", "Noor and Joris sign the card that comes with it.", 500, is_per_unit=True),
        DemoExtra(
            "extra",
            "Print sleeve",
            "Archival, clear and acid-free, for the print.",
            450,
            products=("hour-of-the-hills",),
        ),
    ),
)
