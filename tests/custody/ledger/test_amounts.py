"""Masses, amounts and origins: exact values worked by hand, and every way to write one wrongly."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.custody.ledger import amounts
from chumbak.custody.ledger.origin import COUNTRIES, KINDS, NOWHERE, STEPS, Origin, origin_of, parse
from chumbak.elements import masses

# Oxide to element by the published masses (Nd 144.242, Pr 140.90766, Dy 162.500, Tb 158.925354, O 15.999), worked out:
# Nd2O3 is 2 x 144.242 + 3 x 15.999 = 336.481, of which 288.484 is Nd.
FACTORS = {
    ("Nd2O3", "Nd"): Fraction(288_484, 336_481),
    ("Pr6O11", "Pr"): Fraction("845.44596") / Fraction("1021.43496"),
    ("Dy2O3", "Dy"): Fraction(325_000, 372_997),
    ("Tb4O7", "Tb"): Fraction("635.701416") / Fraction("747.694416"),
    ("Sm2O3", "Sm"): Fraction("300.72") / Fraction("348.717"),
    ("CeO2", "Ce"): Fraction("140.116") / Fraction("172.114"),
    ("La2O3", "La"): Fraction("277.81094") / Fraction("325.80794"),
    ("Gd2O3", "Gd"): Fraction("314.498") / Fraction("362.495"),
    ("Y2O3", "Y"): Fraction("177.811676") / Fraction("225.808676"),
}


@pytest.mark.parametrize(("formula", "element"), FACTORS)
def test_what_an_oxide_holds(formula: str, element: str) -> None:
    assert masses.content_factor(formula, element) == FACTORS[formula, element]
    assert masses.oxide_of(element) == formula
    assert masses.metal_of(formula) == element


def test_published_factors_to_their_digits() -> None:
    # Conversion factors oxide / element as handbooks print them.
    printed = {"Nd2O3": "1.1664", "Pr6O11": "1.2082", "Dy2O3": "1.1477", "Tb4O7": "1.1762", "Sm2O3": "1.1596",
               "CeO2": "1.2284", "La2O3": "1.1728", "Y2O3": "1.2699"}  # fmt: skip
    for formula, digits in printed.items():
        assert f"{float(1 / masses.content_factor(formula, masses.metal_of(formula))):.4f}" == digits


def test_any_formula_is_counted() -> None:
    assert masses.atoms("Nd2Fe14B") == (("B", 1), ("Fe", 14), ("Nd", 2))
    assert masses.atoms("Nd2(C2O4)3") == (("C", 6), ("Nd", 2), ("O", 12))
    assert masses.atoms("Co2(Sm(OH)2)2") == (("Co", 2), ("H", 4), ("O", 4), ("Sm", 2))
    assert masses.atoms("CO2") == (("C", 1), ("O", 2))
    assert masses.content_factor("Nd", "Nd") == 1


@pytest.mark.parametrize(
    "formula", ["", "nd2O3", "Nd2O3 ", "Xx2", "(NdO", "Nd)2", "Nd0", "Nd02", "2Nd", "Nd2.5", "Tc", "Nd٣", "N" * 101]
)
def test_what_is_no_formula_is_refused(formula: str) -> None:
    with pytest.raises(ValueError, match=r"formula|bracket|element|atoms"):
        masses.atoms(formula)


def test_what_cannot_be_converted_is_refused() -> None:
    with pytest.raises(ValueError, match="Nd2O3 holds no Dy"):
        masses.content_factor("Nd2O3", "Dy")
    with pytest.raises(ValueError, match="no table of atomic masses 'CIAAW-1900'"):
        masses.content_factor("Nd2O3", "Nd", "CIAAW-1900")
    with pytest.raises(ValueError, match="exactly one element"):
        masses.metal_of("NdPrO3")
    with pytest.raises(ValueError, match="no customary oxide"):
        masses.oxide_of("Au")


def test_every_fraction_of_a_formula_sums_to_the_whole() -> None:
    for formula in ("Nd2Fe14B", "Nd2(C2O4)3", "Pr6O11"):
        assert sum(masses.content_factor(formula, element) for element, _ in masses.atoms(formula)) == 1


@pytest.mark.parametrize(
    ("value", "unit", "micrograms"),
    [
        ("1.25", "KGM", 1_250_000_000),
        ("0.000001", "GRM", 1),
        ("3", "MGM", 3000),
        ("7", "MC", 7),
        ("2", "TNE", 2 * 10**12),
        ("1", "LBR", 453_592_370),
        ("16", "ONZ", 453_592_370),
        ("1", "ONZ", 28_349_523),
        ("2", "ONZ", 56_699_046),
        (Decimal("1.250"), "KGM", 1_250_000_000),
        (4, "GRM", 4_000_000),
        ("1e3", "MGM", 10**6),
        ("5E-1", "MC", 0),
        ("1.5", "MC", 2),
        ("2.5", "MC", 2),
    ],
)
def test_masses_in_micrograms(value: object, unit: str, micrograms: int) -> None:
    assert amounts.micrograms(value, unit) == micrograms  # halves to even: an ounce is 28,349,523.125 micrograms


def test_an_amount_is_rounded_once() -> None:
    # 1.25 kg of 14.6 % Nd2O3: 182.5 g of oxide, of which 288484/336481 is Nd: 156.467467...g.
    factor = masses.content_factor("Nd2O3", "Nd")
    exact = Fraction(182_500_000) * Fraction(288_484, 336_481)
    assert amounts.micrograms("1.25", "KGM", Fraction("0.146"), factor) == round(exact) == 156_467_468


@pytest.mark.parametrize(
    "value",
    [
        0.5,
        float("nan"),
        None,
        True,
        "",
        " 1",
        "1 ",
        "+1",
        "-1",
        "0x1",
        "1_000",
        "1,5",
        "١",
        "1.",
        ".5",
        "nan",
        "inf",
        "1e999",
        "9" * 21,
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("-1"),
        Decimal("1e999"),
        -1,
        10**40,
        [],
        {},
    ],
    ids=str,
)
def test_what_is_no_exact_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"number|zero|digits"):
        amounts.exact(value)


@pytest.mark.parametrize(
    "value", [1, 0, -1, 1.0, Decimal(1), True, None, "", "-1", "01", "1.0", "1e3", " 1", "+1", "٣"], ids=repr
)
def test_what_is_no_string_of_micrograms_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="whole"):
        amounts.integer(value)


def test_integers_end_at_64_bits() -> None:
    assert amounts.integer("9223372036854775807") == 2**63 - 1
    for text in ("9223372036854775808", "9" * 19):
        with pytest.raises(ValueError, match="more than the ledger can hold"):
            amounts.integer(text)
    with pytest.raises(ValueError, match="more than the ledger can hold"):
        amounts.mass("9223373", "TNE")
    with pytest.raises(ValueError, match="no unit of mass"):
        amounts.mass("1", "KG")


def test_floats_do_not_come_in_by_a_factor() -> None:
    with pytest.raises(ValueError, match="pass a Fraction"):
        amounts.micrograms("1", "KGM", 0.5)  # type: ignore[arg-type]


def test_shares() -> None:
    assert amounts.ratio("3/10") == amounts.ratio("0.3") == amounts.ratio(Decimal("0.3")) == Fraction(3, 10)
    for wrong in ("11/10", "1.01", "1/0", "-1/3", "1/3/4", "x", 0.5, None):
        with pytest.raises(ValueError, match=r"1|number|string"):
            amounts.ratio(wrong)


def test_amounts_are_shown_exactly() -> None:
    assert [amounts.shown(number) for number in (0, 999, 1000, 12_000_000, 1_250_000_000, -1_500_000)] == [
        "0 micrograms", "999 micrograms", "1 mg", "12 g", "1.25 kg", "-1.5 g",
    ]  # fmt: skip
    assert amounts.shown(1_000_000_001) == "1.000000001 kg"


@given(st.decimals(0, 10**9, places=9), st.sampled_from(sorted(amounts.UNITS)))
def test_text_and_decimal_give_the_same(value: Decimal, unit: str) -> None:
    assert amounts.exact(value) == amounts.exact(f"{value:f}")
    assert abs(amounts.micrograms(value, "MC") - Fraction(value)) <= Fraction(1, 2)
    assert type(amounts.micrograms(min(value, Decimal(9000)), unit)) is int


ORIGINS = st.builds(
    lambda kind, countries, evidence: origin_of(kind, dict(zip(STEPS, countries, strict=True)), evidence),
    st.sampled_from(KINDS),
    st.tuples(*[st.sampled_from(["unknown", *sorted(COUNTRIES)])] * 5),
    st.lists(st.sampled_from(["https://e.example/1", 'urn:x:"é"', "urn:x:b"]), max_size=3),
)


@given(ORIGINS)
def test_an_origin_is_read_back_from_its_text(origin: Origin) -> None:
    assert parse(origin.text) == origin
    assert hash(parse(origin.text)) == hash(origin)


@given(ORIGINS)
def test_waste_never_makes_an_origin_better(origin: Origin) -> None:
    after = origin.wasted()
    assert after.kind == ("pre-consumer" if origin.kind == "primary" else origin.kind)
    assert after[1:] == origin[1:]


def test_the_text_of_an_origin() -> None:
    origin = origin_of("primary", {"mined": "AU", "melted": "IN"}, ["urn:x:b", "urn:x:a", "urn:x:b"])
    assert origin.text == '["primary","AU","unknown","unknown","IN","unknown","urn:x:a","urn:x:b"]'
    assert NOWHERE.text == '["unknown","unknown","unknown","unknown","unknown","unknown"]'
    assert origin.at("refined", "MY").country("refined") == "MY"
    assert len(COUNTRIES) == 249


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '["primary"]',
        '["primary", "AU","unknown","unknown","IN","unknown"]',
        '["x","AU","AU","AU","AU","AU"]',
        '["primary","UK","AU","AU","AU","AU"]',
        '["primary","AU","AU","AU","AU","AU","b","a"]',
        '["primary","AU","AU","AU","AU",1]',
    ],
)
def test_what_is_no_text_of_an_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"origin|country"):
        parse(text)
