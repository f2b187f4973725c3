"""Documents in YAML beside the tables: a typed form, read strictly, with every fault by file, line and field.

Words of the pack (grades, origins ...) and units are looked at while a form is read, so that all that is wrong with a
document is said at once. A number comes out in the canonical unit of its field, whatever unit it was written in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from chumbak.pack.faults import Faults, did_you_mean, short
from chumbak.pack.figures import check_provenance
from chumbak.pack.files import Document, read_yaml
from chumbak.pack.package import inside
from chumbak.pack.schema import IDENTIFIER
from chumbak.pack.units import UnitError, currencies_in, factor

if TYPE_CHECKING:
    from pydantic import ValidationInfo

    from chumbak.pack.pack import Pack

HOME, WORLD = "home", "WLD"
MOST_WEEKS = 520.0
LONGEST_LINE, LONGEST_TEXT = 200, 5000
SUM_TOLERANCE = 1e-6
Path_ = tuple[str | int, ...]

# What the form library calls a fault: what is wrong, how to mend.
WORDING = {
    "string_type": ("is not text", "Write it as text, between quotes if need be."),
    "float_type": ("is not a number", "Write plain digits with a point, without quotes."),
    "finite_number": ("is too large for a number", "Check the digits and the exponent."),
    "list_type": ("is not a list", "Write it as [one, another], or a line with '- ' for each."),
    "dict_type": ("does not say which", "Write a name and a colon before each value."),
    "int_type": ("is not a whole number", "Write plain digits, without quotes."),
    "greater_than_equal": ("is too small", "Check the number."),
    "less_than_equal": ("is too large", "Check the number."),
    "bool_type": ("is neither true nor false", "Write true or false, without quotes."),
    "model_type": ("is not in fields", "Write a name and a colon before each value."),
    "invalid_key": ("is not a name of a field", "Write names as text."),
    "union_tag_invalid": ("is no change", "Start each with '- set:', '- scale:', '- ramp:' or '- add:'."),
}  # fmt: skip
UNWORDED = ("is not what belongs here", "See docs/packs.md, and what leads on from there, for the form.")


class Form(BaseModel):
    """A part of a document: no field that is not known, no guessing of types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Sourced(Form):
    """A part that says where it comes from; what is left out is as in the part around it."""

    source: str = ""
    confidence: str = ""
    note: str = ""


class Amount(Sourced):
    """A number with its range (which holds with about 90 %), unit and source; written as a bare number, it has none.

    Once it is read, ``value``, ``low`` and ``high`` are in ``unit``, the canonical one of the field.
    """

    value: float
    low: float | None = None
    high: float | None = None
    unit: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Amount:
        if (self.low is None) != (self.high is None):
            raise refused("half-range", "only one end of the range is given", "Give low and high, or neither.")
        _, low, high = self.sides
        if not low <= self.value <= high:
            what = f"low, value and high ({low:g}, {self.value:g}, {high:g}) are not in this order"
            raise refused("range-order", what, "Mend them.")
        return self

    @property
    def sides(self) -> tuple[float, float, float]:
        """Return value, low and high; without a range all are the value."""
        low = self.value if self.low is None else self.low
        return self.value, low, self.value if self.high is None else self.high

    def times(self, scale: float, unit: str) -> Amount:
        """Return the amount in another unit."""
        value, low, high = (side * scale for side in self.sides)
        ends = {} if self.low is None else {"low": low, "high": high}
        return self.model_copy(update={"value": value, **ends, "unit": unit})


def refused(kind: str, what: str, mend: str) -> PydanticCustomError:
    """Return the error that a validator raises to have a fault noted."""
    return PydanticCustomError(kind, "{what}", {"what": what, "mend": mend})


def measured(least: float, most: float, *units: str, bare: bool = False) -> Callable[[Amount, ValidationInfo], Amount]:
    """Return a validator that brings an amount into the first of ``units`` that it fits, within bounds there.

    ``money`` stands for the pack's currency. With ``bare``, a number without unit is in the first; else only 0 is.
    """

    def check(amount: Amount, info: ValidationInfo) -> Amount:
        currency = (info.context or {})["currency"]
        for wanted in [unit.replace("money", currency) for unit in units]:
            given = amount.unit or (wanted if bare or not any(amount.sides) else "")
            try:
                if not given or currencies_in(given) not in ([], currencies_in(wanted)):
                    continue
                found = amount.times(factor(given, wanted), wanted)
            except UnitError:
                continue
            if min(found.sides) < least or max(found.sides) > most:
                shown = "" if wanted == "1" else f" {wanted}"
                what = f"{amount.value:g}{f' {amount.unit}' if amount.unit else ''}, with its range, is not from "
                raise refused("out-of-bounds", f"{what}{least:g} to {most:g}{shown}", "Check the number and its unit.")
            return found
        what = f"the unit {short(amount.unit)} does not fit here" if amount.unit else "the unit is missing"
        wanted = " or ".join(f"'{unit.replace('money', currency)}'" for unit in units)
        raise refused("bad-unit", what, f"Give it in {wanted}, or a unit that converts to one.")

    return check


def word(table: str, *also: str) -> Callable[[str, ValidationInfo], str]:
    """Return a validator of names: the ids of a table of the pack, and ``also``."""

    def check(name: str, info: ValidationInfo) -> str:
        context = info.context or {}
        known = [*context[table], *also]
        if name in known:
            return name
        if table == "origins" and name in context["home"]:
            raise refused("unknown-name", f"{short(name)} is the country of the pack itself", f"Write '{HOME}'.")
        raise refused("unknown-name", f"{short(name)} is none of the pack's {table}", did_you_mean(name, known))

    return check


def _bare(given: Any) -> Any:
    return {"value": given} if isinstance(given, int | float) and not isinstance(given, bool) else given


def _line(text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > LONGEST_LINE:
        mend = f"Write one line of at most {LONGEST_LINE} characters."
        raise refused("bad-text", "this is not a line of text", mend)
    return text


def _text(text: str) -> str:
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise refused("bad-text", "the text is empty or very long", f"Write at most {LONGEST_TEXT} characters.")
    return text


def _name(text: str) -> str:
    if not IDENTIFIER.fullmatch(text):
        mend = "Use letters, digits and _, starting with a letter, at most 40."
        raise refused("bad-name", f"{short(text)} cannot be a name", mend)
    return text


def _one(shares: dict[str, Amount]) -> dict[str, Amount]:
    total = sum(share.value for share in shares.values())
    if abs(total - 1) > SUM_TOLERANCE:
        raise refused("shares-do-not-sum", f"the shares sum to {total:.6g}, not to 1", "Mend one of them.")
    return shares


Line = Annotated[str, AfterValidator(_line)]
Text = Annotated[str, AfterValidator(_text)]
Name = Annotated[str, AfterValidator(_name)]
Number = Annotated[Amount, BeforeValidator(_bare)]
Weeks = Annotated[Number, AfterValidator(measured(0.0, MOST_WEEKS, "week", bare=True))]
Share = Annotated[Number, AfterValidator(measured(0.0, 1.0, "1", bare=True))]
sum_to_one = AfterValidator(_one)
F = TypeVar("F", bound=BaseModel, covariant=True)
R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True)
class Reading(Generic[F]):
    """A document as a form, with the lines of its parts and where its faults are noted."""

    form: F
    document: Document
    shown: str
    faults: Faults

    def wrong(self, path: Path_, kind: str, what: str, mend: str) -> None:
        """Note a fault of the part at ``path``."""
        self.faults.add((self.shown, self.document.line(path)), ".".join(map(str, path)), kind, what, mend)

    def check_source(self, path: Path_, told: Sourced, place: str) -> None:
        """Note a part without source or confidence, or an estimate without a note."""
        cells = {"source": told.source, "confidence": told.confidence, "note": told.note, "place": place}
        prefix = ".".join(map(str, path)) + "."
        check_provenance((self.shown, self.document.line(path)), cells, self.faults, prefix)


def numbers(part: Any, path: Path_ = (), around: Sourced | None = None) -> Iterator[tuple[Path_, Amount, Sourced]]:
    """Yield every number that a form says, with its path and what it says of its source, its own or from around it."""
    around = around or Sourced()
    if isinstance(part, Sourced):
        own = {name: getattr(part, name) or getattr(around, name) for name in Sourced.model_fields}
        around = Sourced(**own)
    if isinstance(part, Amount):
        yield path, part, around
    elif isinstance(part, Form):
        for name, field in type(part).model_fields.items():
            if name in part.model_fields_set:
                yield from numbers(getattr(part, name), (*path, field.alias or name), around)
    elif isinstance(part, list | dict):
        for key, one in part.items() if isinstance(part, dict) else enumerate(part):
            yield from numbers(one, (*path, key), around)


def list_documents(pack: Pack, folder: str) -> list[str]:
    """Return the names of the documents in a folder of the pack."""
    return sorted(path.stem for path in (pack.path / folder).glob("*.yaml"))


def find_document(pack: Pack, folder: str, name: str, what: str) -> str:
    """Return the path, within the pack, of a document by its name. Raises ``PackError`` if there is none."""
    faults, known, shown = Faults(), list_documents(pack, folder), f"{folder}/{name}.yaml"
    if name not in known:
        mend = did_you_mean(name, known) if known else f"The pack has none: write one in {folder}/."
        faults.add((folder, 0), "", f"unknown-{what}", f"there is no {what} {short(name)}", mend)
    elif not inside(pack.path, shown):
        mend = "Put the file itself there, not a link."
        faults.add((shown, 0), "", "path-outside-pack", "the file does not lie inside the pack", mend)
    faults.stop_if_any()
    return shown


def read_form(form: type[R], path: Path, shown: str, pack: Pack, faults: Faults) -> Reading[R] | None:
    """Return a document as a form; None with every fault noted."""
    document = read_yaml(path, shown, faults)
    if document is None:
        return None
    if not isinstance(document.content, dict):
        fields = ", ".join(f"{name}:" for name in list(_names(form))[:4])
        what, mend = "this does not say a name and a value on each line", f"Write {fields} and so on."
        faults.add((shown, document.line(())), "", "bad-form", what, mend)
        return None
    try:
        return Reading(form.model_validate(document.content, context=_context(pack)), document, shown, faults)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            at = _placed(one["loc"])
            told, kind, mend = _worded(one["type"], one.get("ctx", {}), at, form)
            faults.add((shown, document.line(at)), ".".join(map(str, at)), kind, told, mend)
    return None


def _context(pack: Pack) -> dict[str, Any]:
    """Return the words that a form may use."""
    home = [name for name, title in pack.nouns.column("origins", "name").items() if title == pack.place]
    tables = {table: pack.nouns.ids(table) for table in ("origins", "stages", "elements", "grades", "sectors")}
    tables["origins"] = [name for name in tables["origins"] if name not in (WORLD, *home)]
    return {**tables, "home": home, "currency": pack.currency}


def _worded(type_: str, context: dict[str, Any], path: Path_, form: type[BaseModel]) -> tuple[str, str, str]:
    """Return what is wrong, the kind of fault and how to mend it."""
    name = str(path[-1])
    if "mend" in context:
        return context["what"], type_, context["mend"]
    if type_ == "missing":
        return f"'{name}' is missing", "missing-field", f"Add '{name}:'."
    if type_ == "extra_forbidden":
        known = [one for each in _forms_at(form, path[:-1]) for one in _names(each)]
        return f"{short(name)} is not known here", "unknown-field", did_you_mean(name, known)
    if type_ == "literal_error":
        return f"{short(name)} is none of the words that are known", "bad-field", f"Write {context['expected']}."
    if type_ == "model_type" and _forms_at(form, path) == [Amount]:
        return f"{short(name)} is not a number", "bad-field", "Write a number, or {value: ..., low: ..., high: ...}."
    if type_ == "too_short":
        few, least = "is too short" if context["actual_length"] else "is empty", context["min_length"]
        return f"{short(name)} {few}", "bad-field", f"Say at least {({1: 'one', 2: 'two'}).get(least, least)}."
    what, mend = WORDING.get(type_, UNWORDED)
    return f"{short(name)} {what}", "bad-field", mend


def _placed(path: Path_) -> Path_:
    """Return where a fault stands: the form library puts the kind of a change before its fields."""
    kinds = {at + 2 for at, part in enumerate(path) if part == "changes"}
    return tuple(part for at, part in enumerate(path) if part != "[key]" and at not in kinds)


def _names(form: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in form.model_fields.items()]


def _forms_at(form: type[BaseModel], path: Path_) -> list[type[BaseModel]]:
    """Return the forms that may stand at ``path``; places in lists and names in mappings lead no deeper."""
    forms = [form]
    for part in path:
        fields = [field for one in forms for name, field in one.model_fields.items() if (field.alias or name) == part]
        forms = [one for field in fields for one in _forms_in(field.annotation)] or forms
    return forms


def _forms_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [form for part in getattr(annotation, "__args__", ()) for form in _forms_in(part)]
