"""A certificate worked out again from exported events alone, by a script that shares no line with Chumbak.

It knows what docs/custody_ledger.md says of the extension, as far as the example needs: lots appear with an assay or
with stated micrograms, a transformation takes its inputs whole and pools them, a step done in the event sets a country.
"""

from __future__ import annotations

import base64
import json
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

WEIGHTS = {"O": "15.999", "Nd": "144.242", "Pr": "140.90766"}
OXIDES = {"Nd2O3": ("Nd", 2, 3), "Pr6O11": ("Pr", 6, 11)}
KEYS = ("kind", "mined", "refined", "separated", "melted", "produced")


def factor(compound):
    if compound not in OXIDES:
        return compound, Fraction(1)
    metal, count, oxygen = OXIDES[compound]
    mass = count * Fraction(WEIGHTS[metal])
    return metal, mass / (mass + oxygen * Fraction(WEIGHTS["O"]))


def stated(entry):
    if "element" in entry:
        return {element: int(amount) for element, amount in entry["element"].items()}
    gross = Fraction(Decimal(entry["mass"]["value"])) * 10**9
    found = {}
    for compound, part in entry["assay"]["fraction"].items():
        element, share = factor(compound)
        found[element] = round(gross * Fraction(Decimal(part["value"])) * share)
    return found


def origin(entry):
    said = entry.get("origin", {})
    return (said.get("kind", "unknown"), *(said.get(key, "unknown") for key in KEYS[1:]))


def holdings(document):
    """Return what each lot holds at the end, as exact fractions of micrograms by element and origin."""
    lots = {}
    for event in document["epcisBody"]["eventList"]:
        contents = {entry["lot"]: entry for entry in event.get("rem:content", [])}
        if event["type"] == "ObjectEvent" and event["action"] == "ADD":
            for lot, entry in contents.items():
                lots[lot] = {(element, origin(entry)): Fraction(ug) for element, ug in stated(entry).items()}
        elif event["type"] == "TransformationEvent":
            pool = {}
            for one in event["inputQuantityList"]:
                for key, ug in lots.pop(one["epcClass"]).items():
                    pool[key] = pool.get(key, 0) + ug
            whole = {}
            for (element, _), ug in pool.items():
                whole[element] = whole.get(element, 0) + ug
            step = event.get("rem:step")
            for lot, entry in contents.items():
                made = {}
                for (element, before), ug in pool.items():
                    amount = stated(entry).get(element, 0)
                    after = list(before)
                    if step:
                        after[KEYS.index(step["step"])] = step["country"]
                    key = (element, tuple(after))
                    made[key] = made.get(key, 0) + ug / whole[element] * amount
                lots[lot] = made
    return lots


def main(events, certificate):
    body = certificate.split(".")[1]
    credential = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    subject = credential["credentialSubject"]
    right = holdings(events)[subject["id"]]
    said = {
        (one["element"], tuple(one["origin"][key] for key in KEYS)): int(one["microgram"])
        for one in subject["rem:holding"]
    }
    assert said.keys() == right.keys(), (said.keys(), right.keys())
    worst = max(abs(said[key] - right[key]) for key in right)
    assert worst < 2, float(worst)
    for element in {element for element, _ in right}:
        mine = {key: ug for key, ug in said.items() if key[0] == element}
        recycled = Fraction(sum(ug for key, ug in mine.items() if key[1][0] == "post-consumer"), sum(mine.values()))
        told = [
            s for s in subject["rem:share"] if (s["element"], s["of"], s["value"]) == (element, "kind", "post-consumer")
        ]
        assert recycled == (Fraction(told[0]["share"]) if told else 0), element
    return worst


if __name__ == "__main__":
    found = main(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]).read_text().strip())
    print(f"The certificate follows from the events; the largest difference is {float(found):.3f} micrograms.")
