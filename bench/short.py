"""
The short form of all benchmarks, in one go and on one database: what `make bench` runs.
"""

from bench import ground, hold_limit, hold_rush, lapse, quotes, report, staleness, stock_fanout


def main() -> None:
    report.show("quotes: prices in one process", quotes.quotes(seconds=3))
    with ground.own_database() as database:
        limit = hold_limit.limit_of(database=database, connections=16, count=1000)
        report.show("hold_limit 1000: bare psycopg", limit)
        for door in ("web", "sockets"):
            with ground.running(door, database=database) as there:
                hold_rush.rush(there=there, database=database, shoppers=256, units=256, door=door)
                for shoppers, units in ((1000, 1000), (2000, 200)):
                    figures = hold_rush.rush(there=there, database=database, shoppers=shoppers, units=units, door=door)
                    figures["of the limit %"] = round(figures["holds/s"] / limit["holds/s"] * 100, 1)
                    report.show(f"hold_rush {shoppers} for {units} {door}: {hold_rush.OVER[door]}", figures)
        with ground.running("sockets", database=database) as there:
            report.show("stock_fanout 500: commit to client", stock_fanout.fan_out(there=there, count=500))
            figures = staleness.staleness(there=there, sockets=500, seconds=5)
            report.show("staleness 500: age of a shown count", figures)
        figures = lapse.lapse(database=database, count=2000, rate=20, before_s=4)
        report.show("lapse 2000: by the sweep", figures)


if __name__ == "__main__":
    main()
