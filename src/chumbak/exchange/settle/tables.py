"""The tables of settlement. What was weighed, assayed, reckoned and said is never changed; a contract's state is."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, UniqueConstraint

from chumbak.exchange.store.tables import FLAG, LONG, WORD, frozen, table

STATES = ("open", "funded", "sent", "arrived", "referee", "proposed", "disputed", "final", "cancelled")
_STATES = ", ".join(f"'{state}'" for state in STATES)

contract = table(
    "contract",
    Column("id", WORD, primary_key=True),
    Column("lot", WORD, nullable=False),
    Column("live_lot", WORD, unique=True),  # the lot while the contract is not cancelled: a lot is sold once
    Column("seller", WORD, nullable=False),
    Column("buyer", WORD, nullable=False),
    Column("paise", LONG, CheckConstraint("paise > 0"), nullable=False),
    Column("basis", WORD, CheckConstraint("basis IN ('lot', 'kg')"), nullable=False),
    Column("grams", LONG, CheckConstraint("grams >= 0"), nullable=False),
    Column("element", WORD, nullable=False),
    Column("ppm", LONG, CheckConstraint("ppm BETWEEN 0 AND 1000000"), nullable=False),
    Column("goods", WORD, nullable=False),
    Column("terms", WORD, nullable=False),
    Column("state", WORD, CheckConstraint(f"state IN ({_STATES})"), nullable=False),
    Column("made_us", LONG, nullable=False),
    Column("due_us", LONG),
    Column("escrow_paise", LONG, CheckConstraint("escrow_paise >= 0"), nullable=False),
    Column("advance_paise", LONG, CheckConstraint("advance_paise >= 0"), nullable=False),
    Column("seller_accepts", FLAG, nullable=False),
    Column("buyer_accepts", FLAG, nullable=False),
    CheckConstraint("seller <> buyer", name="two_parties"),
    Index("contract_seller", "seller", "made_us"),
    Index("contract_buyer", "buyer", "made_us"),
    Index("contract_due", "state", "due_us"),
)
contract_step = frozen(
    table(
        "contract_step",
        Column("contract", WORD, ForeignKey("contract.id"), primary_key=True),
        Column("n", LONG, primary_key=True, autoincrement=False),
        Column("state", WORD, nullable=False),
        Column("at_us", LONG, nullable=False),
        Column("actor", WORD, nullable=False),
        Column("text", WORD, nullable=False),
        Column("said", WORD, nullable=False),
    )
)
weighing = frozen(
    table(
        "weighing",
        Column("contract", WORD, ForeignKey("contract.id"), primary_key=True),
        Column("side", WORD, CheckConstraint("side IN ('sent', 'arrived')"), primary_key=True),
        Column("gross_g", LONG, nullable=False),
        Column("tare_g", LONG, CheckConstraint("tare_g >= 0"), nullable=False),
        Column("u_g", LONG, CheckConstraint("u_g >= 0"), nullable=False),
        Column("scale", WORD, nullable=False),
        Column("seal", WORD, nullable=False),
        Column("seal_whole", FLAG, nullable=False),
        Column("foreign_g", LONG, CheckConstraint("foreign_g >= 0"), nullable=False),
        Column("at_us", LONG, nullable=False),
        Column("actor", WORD, nullable=False),
        CheckConstraint("gross_g > tare_g", name="net_above_zero"),
    )
)
assay = frozen(
    table(
        "assay",
        Column("contract", WORD, ForeignKey("contract.id"), primary_key=True),
        Column("side", WORD, CheckConstraint("side IN ('seller', 'buyer', 'referee')"), primary_key=True),
        Column("ppm", LONG, CheckConstraint("ppm BETWEEN 0 AND 1000000"), nullable=False),
        Column("u_ppm", LONG, CheckConstraint("u_ppm >= 0"), nullable=False),
        Column("laboratory", WORD, nullable=False),
        Column("method", WORD, nullable=False),
        Column("at_us", LONG, nullable=False),
        Column("actor", WORD, nullable=False),
    )
)
proposal = frozen(
    table(
        "proposal",
        Column("contract", WORD, ForeignKey("contract.id"), primary_key=True),
        Column("n", LONG, primary_key=True, autoincrement=False),
        Column("made_us", LONG, nullable=False),
        Column("price_paise", LONG, CheckConstraint("price_paise >= 0"), nullable=False),
        Column("seller_fee", LONG, CheckConstraint("seller_fee >= 0"), nullable=False),
        Column("buyer_fee", LONG, CheckConstraint("buyer_fee >= 0"), nullable=False),
        Column("net_g", LONG, nullable=False),
        Column("ppm", LONG, nullable=False),
        Column("body", WORD, nullable=False),
    )
)
dispute = table(
    "dispute",
    Column("id", WORD, primary_key=True),
    Column("contract", WORD, ForeignKey("contract.id"), nullable=False),
    Column("by", WORD, nullable=False),
    Column("about", WORD, nullable=False),
    Column("reason", WORD, nullable=False),
    Column("said", WORD, nullable=False),
    Column("wanted_paise", LONG, CheckConstraint("wanted_paise >= 0"), nullable=False),
    Column(
        "state", WORD, CheckConstraint("state IN ('answer', 'decide', 'agreed', 'decided', 'lapsed')"), nullable=False
    ),
    Column("made_us", LONG, nullable=False),
    Column("answer", WORD, nullable=False),
    Column("answered_us", LONG),
    Column("decision", WORD, nullable=False),
    Column("decided_by", WORD, nullable=False),
    Column("decided_us", LONG),
    Column("price_paise", LONG),
    CheckConstraint("state IN ('answer', 'decide', 'agreed', 'decided', 'lapsed')", name="dispute_states"),
    Index("dispute_contract", "contract", "made_us"),
    Index("dispute_state", "state", "made_us"),
)
dispute_file = table(
    "dispute_file",
    Column("id", WORD, primary_key=True),
    Column("dispute", WORD, ForeignKey("dispute.id"), nullable=False),
    Column("party", WORD, nullable=False),
    Column("person", WORD, nullable=False),
    Column("media", WORD, CheckConstraint("media IN ('image/jpeg', 'application/pdf')"), nullable=False),
    Column("sha256", WORD, nullable=False),
    Column("body", LargeBinary),  # none where who gave it was erased
    Column("made_us", LONG, nullable=False),
    UniqueConstraint("dispute", "party", "sha256"),
)
pickup = table(
    "pickup",
    Column("id", WORD, primary_key=True),
    Column("contract", WORD, ForeignKey("contract.id"), nullable=False, unique=True),
    Column("place", WORD, nullable=False),
    Column("to_place", WORD, nullable=False),
    Column("grams", LONG, CheckConstraint("grams >= 0"), nullable=False),
    Column("from_us", LONG, nullable=False),
    Column("until_us", LONG, nullable=False),
    Column("round", WORD),
    Column("position", LONG),
    Column("arrive_us", LONG),
    Index("pickup_round", "round", "position"),
    Index("pickup_to", "to_place", "from_us"),
    CheckConstraint("from_us < until_us", name="window_is_open"),
)
round_ = table(
    "round",
    Column("id", WORD, primary_key=True),
    Column("depot", WORD, nullable=False),
    Column("collector", WORD, nullable=False),
    Column("vehicle", WORD, nullable=False),
    Column("leave_us", LONG, nullable=False),
    Column("back_us", LONG, nullable=False),
    Column("metres", LONG, nullable=False),
    Column("grams", LONG, nullable=False),
    Column("made_us", LONG, nullable=False),
    Index("round_collector", "collector", "leave_us"),
)
