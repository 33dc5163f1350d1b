"""
Who bought what in the demo: invented people at addresses where nobody lives.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.text import slugify


@dataclass(frozen=True)
class DemoBuyer:
    name: str
    sku: str
    quantity: int
    country: str = "PT"
    # A parcel goes to an address; who has none collects.
    street: str = ""
    postcode: str = ""
    city: str = ""

    @property
    def collects(self) -> bool:
        return not self.street

    @property
    def email(self) -> str:
        return f"{slugify(self.name)}@buyers.example"


BATCH_06 = (
    DemoBuyer("Marta Nogueira", "RM-SAGE", 2),
    DemoBuyer("Jonas Weber", "TB-DEEP", 1, "DE", "Lindenweg 4", "04107", "Leipzig"),
    DemoBuyer("Tomás Faria", "RM-TERRACOTTA", 1),
    DemoBuyer("Beatriz Lobo", "BV-INK", 1, "PT", "Rua da Boavista 90", "4050-107", "Porto"),
    DemoBuyer("Camille Roux", "RM-MIDNIGHT", 2, "FR", "Rue des Lilas 7", "69003", "Lyon"),
    DemoBuyer("Helena Pires", "TB-FOAM", 1),
    DemoBuyer("Duarte Maia", "RM-MARIGOLD", 2, "PT", "Rua do Sol 21", "3000-405", "Coimbra"),
    DemoBuyer("Sofia Antunes", "BV-CHALK", 1),
    DemoBuyer("Elin Berg", "RM-SAGE", 1, "SE", "Björkgatan 3", "753 28", "Uppsala"),
    DemoBuyer("Vasco Reis", "RM-MARIGOLD", 1),
    DemoBuyer("Nora Lindqvist", "TB-FOAM", 1, "SE", "Hamngatan 18", "411 14", "Göteborg"),
)

# Every midnight mug goes, so that a sold-out glaze can be seen, too.
OPEN_BATCH = (
    DemoBuyer("Inês Carvalho", "RM-MIDNIGHT", 2),
    DemoBuyer("Paul Hartmann", "RM-SAGE", 1, "DE", "Gartenstraße 11", "79098", "Freiburg"),
    DemoBuyer("Rita Salgado", "RM-MIDNIGHT", 2, "PT", "Rua Nova 5", "2750-320", "Cascais"),
    DemoBuyer("Leonor Matos", "TB-FOAM", 1),
    DemoBuyer("Aoife Byrne", "RM-MIDNIGHT", 2, "IE", "12 Quay Street", "H91 E9X3", "Galway"),
    DemoBuyer("Miguel Torres", "RM-TERRACOTTA", 2),
    DemoBuyer("Greta Novak", "BV-CHALK", 1, "AT", "Rosengasse 2", "8010", "Graz"),
    DemoBuyer("Afonso Leal", "RM-SAGE", 2),
    DemoBuyer("Lucía Romero", "RM-MIDNIGHT", 2, "ES", "Calle del Río 14", "41001", "Sevilla"),
    DemoBuyer("Joana Freitas", "RM-MARIGOLD", 1),
)

EVENING_POUR = (
    DemoBuyer("Harriet Cole", "AC-CEDAR", 2, "GB", "3 Orchard Close", "BA1 5NA", "Bath"),
    DemoBuyer("Owen Price", "AC-FIG", 1, "GB", "41 Mill Lane", "CF10 1EP", "Cardiff"),
    DemoBuyer("Isla Grant", "AC-CEDAR", 1, "GB", "8 Harbour Row", "EH6 6QN", "Edinburgh"),
    DemoBuyer("Ruth Bellamy", "AC-FIG", 2, "GB", "17 Station Road", "BS8 1QU", "Bristol"),
)
