"""The tables of trust. Persons and things are in them only as ids and keyed hashes.

================  ====================================================================================================
trust_use         what was handed over or paid, for limits over time; forgotten after the policy's longest window
trust_device      each device that earned, by its keyed serial: a second time fails in the database
trust_link        what a party uses (payee handle, phone, address, session, document), by keyed hash
trust_alarm       every alarm with its rule, reason and numbers; its parties are in ``trust_against``
trust_decision    what a person decided of an alarm, and another of an appeal: one row a step, never by one person twice
trust_remark      questions to those concerned, their answers and their appeals
trust_words       the words of decisions and remarks; these alone can be erased
trust_override    a limit that a person lifted for a party
trust_seed        seeds of blind draws, committed before they are used; ``trust_round`` says when each began and ended
trust_blind       lots drawn for a blind re-assay: the code that the laboratory sees; ``trust_found`` is what it found
trust_plant       what a plant can do in a day, and what a kilogram takes at least; ``trust_bill`` what it bought
trust_made        the year on a device's label, and whether it was made for another market
trust_paid        what a citizen says of having got what was promised; the collector is a keyed hash
trust_pair        one load on two scales
================  ====================================================================================================
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, text

from chumbak.exchange.store.tables import LONG, WORD, frozen, table

use = table(
    "trust_use",
    Column("n", LONG, primary_key=True),
    Column("at_us", LONG, nullable=False),
    Column("what", WORD, CheckConstraint("what IN ('take-back', 'payment')"), nullable=False),
    Column("party", WORD, nullable=False),
    Column("address", WORD, nullable=False),
    Column("kind", WORD, nullable=False),
    Column("grams", LONG, CheckConstraint("grams >= 0"), nullable=False),
    Column("paise", LONG, CheckConstraint("paise >= 0"), nullable=False),
    Column("about", WORD, nullable=False),
    Index("trust_use_party", "party", "what", "at_us"),
    Index("trust_use_address", "address", "what", "at_us"),
    Index("trust_use_kind", "kind", "at_us"),
    Index("trust_use_at", "at_us"),
)
device = table(
    "trust_device",
    Column("device", WORD, CheckConstraint("device <> ''"), primary_key=True),
    Column("party", WORD, nullable=False),
    Column("about", WORD, nullable=False),
    Column("at_us", LONG, nullable=False),
    Index("trust_device_at", "at_us"),
)
link = table(
    "trust_link",
    Column("party", WORD, primary_key=True),
    Column("kind", WORD, primary_key=True),
    Column("key", WORD, CheckConstraint("key <> ''"), primary_key=True),
    Column("at_us", LONG, nullable=False),
    Index("trust_link_key", "kind", "key"),
    Index("trust_link_at", "at_us"),
)
alarm = frozen(
    table(
        "trust_alarm",
        Column("id", WORD, primary_key=True),
        Column("rule", WORD, nullable=False),
        Column("about", WORD, nullable=False),
        Column("nth", LONG, nullable=False),
        Column("reason", WORD, nullable=False),
        Column("said", WORD, nullable=False),
        Column("made_us", LONG, nullable=False),
        UniqueConstraint("rule", "about", "nth"),
        Index("trust_alarm_about", "about"),
        Index("trust_alarm_made", "made_us"),
    )
)
against = frozen(
    table(
        "trust_against",
        Column("alarm", WORD, ForeignKey("trust_alarm.id"), primary_key=True),
        Column("party", WORD, primary_key=True),
        Index("trust_against_party", "party"),
    )
)
decision = frozen(
    table(
        "trust_decision",
        Column("alarm", WORD, ForeignKey("trust_alarm.id"), primary_key=True),
        Column("step", WORD, CheckConstraint("step IN ('first', 'appeal')"), primary_key=True),
        Column("what", WORD, CheckConstraint("what IN ('dismiss', 'uphold')"), nullable=False),
        Column("person", WORD, CheckConstraint("person <> ''"), nullable=False),
        Column("words", WORD, nullable=False),
        Column("made_us", LONG, nullable=False),
        UniqueConstraint("alarm", "person"),  # an appeal is decided by another person
    )
)
remark = frozen(
    table(
        "trust_remark",
        Column("n", LONG, primary_key=True),
        Column("alarm", WORD, ForeignKey("trust_alarm.id"), nullable=False),
        Column("what", WORD, CheckConstraint("what IN ('ask', 'answer', 'appeal')"), nullable=False),
        Column("person", WORD, CheckConstraint("person <> ''"), nullable=False),
        Column("words", WORD, nullable=False),
        Column("made_us", LONG, nullable=False),
        Index("trust_remark_alarm", "alarm", "n"),
        # one appeal of an alarm, whoever hurries
        Index(
            "trust_one_appeal",
            "alarm",
            unique=True,
            sqlite_where=text("what = 'appeal'"),
            postgresql_where=text("what = 'appeal'"),
        ),
    )
)
words = table(
    "trust_words",
    Column("id", WORD, primary_key=True),
    Column("person", WORD, nullable=False),
    Column("text", WORD, nullable=False),
    Index("trust_words_person", "person"),
)
override = frozen(
    table(
        "trust_override",
        Column("id", WORD, primary_key=True),
        Column("party", WORD, nullable=False),
        Column("what", WORD, nullable=False),
        Column("more", LONG, CheckConstraint("more > 0"), nullable=False),
        Column("person", WORD, nullable=False),
        Column("words", WORD, nullable=False),
        Column("made_us", LONG, nullable=False),
        Column("until_us", LONG, nullable=False),
        Index("trust_override_party", "party", "until_us"),
        Index("trust_override_person", "person", "made_us"),
    )
)
seed = frozen(
    table(
        "trust_seed",
        Column("id", WORD, primary_key=True),
        Column("n", LONG, nullable=False, unique=True),
        Column("seed", WORD, nullable=False),
        Column("commitment", WORD, nullable=False),
        Column("made_us", LONG, nullable=False),
    )
)
round_ = frozen(
    table(
        "trust_round",
        Column("seed", WORD, ForeignKey("trust_seed.id"), primary_key=True),
        Column("step", WORD, CheckConstraint("step IN ('begun', 'closed')"), primary_key=True),
        Column("word", WORD, nullable=False),
        Column("share", WORD, nullable=False),
        Column("person", WORD, nullable=False),
        Column("made_us", LONG, nullable=False),
    )
)
blind = frozen(
    table(
        "trust_blind",
        Column("code", WORD, primary_key=True),
        Column("lot", WORD, nullable=False, unique=True),
        Column("seed", WORD, ForeignKey("trust_seed.id"), nullable=False),
        Column("ticket", LONG, nullable=False),
        Column("drawn", LONG, CheckConstraint("drawn IN (0, 1)"), nullable=False),
        Column("fixed", WORD, nullable=False),
        Column("first", WORD, nullable=False),
        Column("parties", WORD, nullable=False),
        Column("made_us", LONG, nullable=False),
        Index("trust_blind_seed", "seed"),
    )
)
found = frozen(
    table(
        "trust_found",
        Column("code", WORD, ForeignKey("trust_blind.code"), primary_key=True),
        Column("element", WORD, primary_key=True),
        Column("ug_per_g", LONG, CheckConstraint("ug_per_g >= 0"), nullable=False),
        Column("expanded", LONG, CheckConstraint("expanded > 0"), nullable=False),
        Column("person", WORD, nullable=False),
        Column("made_us", LONG, nullable=False),
    )
)
plant = table(
    "trust_plant",
    Column("party", WORD, primary_key=True),
    Column("grams_a_day", LONG, CheckConstraint("grams_a_day >= 0"), nullable=False),
    Column("needs", WORD, nullable=False),
    Column("source", WORD, nullable=False),
    Column("person", WORD, nullable=False),
    Column("made_us", LONG, nullable=False),
)
bill = frozen(
    table(
        "trust_bill",
        Column("id", WORD, primary_key=True),
        Column("party", WORD, nullable=False),
        Column("input", WORD, nullable=False),
        Column("first_day", WORD, nullable=False),
        Column("last_day", WORD, nullable=False),
        Column("amount", LONG, CheckConstraint("amount >= 0"), nullable=False),
        Column("number", WORD, nullable=False),
        Column("person", WORD, nullable=False),
        Column("made_us", LONG, nullable=False),
        UniqueConstraint("input", "number"),  # one bill is no evidence twice, nor of two plants
        Index("trust_bill_party", "party", "first_day"),
    )
)
made = frozen(
    table(
        "trust_made",
        Column("device", WORD, primary_key=True),
        Column("party", WORD, nullable=False),
        Column("year", LONG, nullable=False),
        Column("elsewhere", LONG, CheckConstraint("elsewhere IN (0, 1)"), nullable=False),
        Column("person", WORD, nullable=False),
        Column("made_us", LONG, nullable=False),
        Index("trust_made_party", "party", "made_us"),
    )
)
paid = frozen(
    table(
        "trust_paid",
        Column("about", WORD, primary_key=True),
        Column("collector", WORD, nullable=False),
        Column("promised", LONG, CheckConstraint("promised >= 0"), nullable=False),
        Column("got", LONG, CheckConstraint("got >= 0"), nullable=False),
        Column("person", WORD, nullable=False),
        Column("made_us", LONG, nullable=False),
        Index("trust_paid_collector", "collector", "made_us"),
    )
)
pair = frozen(
    table(
        "trust_pair",
        Column("n", LONG, primary_key=True),
        Column("about", WORD, nullable=False),
        Column("scale", WORD, nullable=False),
        Column("other", WORD, nullable=False),
        Column("grams", LONG, nullable=False),
        Column("other_grams", LONG, nullable=False),
        Column("sigma_mg", LONG, CheckConstraint("sigma_mg > 0"), nullable=False),
        Column("made_us", LONG, nullable=False),
        UniqueConstraint("about", "scale"),
        Index("trust_pair_scale", "scale", "n"),
    )
)
