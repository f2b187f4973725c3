"""Whether a document is what EPCIS 2.0.1 allows; and if not, which field is to blame and how to mend it."""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from chumbak.custody.finding import Finding

if TYPE_CHECKING:
    import jsonschema_rs

__all__ = ["Finding", "check"]

MOST_FINDINGS = 200


def check(document: Any) -> list[Finding]:
    """Return what is wrong in a parsed document (`EPCISDocument`, `EPCISQueryDocument` or one event with a context).

    An empty list is the verdict *valid*: the same as of the schema that GS1 publishes, with formats asserted. Numbers
    may be int, float or Decimal. At most `MOST_FINDINGS` are returned.
    """
    validator = _validator()
    if validator.is_valid(document):
        return []
    from chumbak.custody.epcis.explain import explain

    found: dict[Finding, None] = {}  # a dict for its order: two rules may say the same
    for error in islice(validator.iter_errors(document), MOST_FINDINGS):
        found.update(dict.fromkeys(explain(error)))
    return list(found)[:MOST_FINDINGS]


@cache
def _validator() -> jsonschema_rs.Draft7Validator:
    """Compile the schema, once in a process."""
    import jsonschema_rs

    from chumbak.custody.epcis.shape import schema

    return jsonschema_rs.Draft7Validator(schema(), validate_formats=True)
