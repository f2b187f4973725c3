"""The tables of money: postings and their entries, what each account holds, what was paid out, invoices.

``posting`` and ``money_entry`` refuse every change; ``money_balance`` is a projection of them that the database itself
keeps at zero or above, but for free accounts. ``claim`` is what one party has to pay another and could not at once,
``pay_in`` what a party says that it paid in, with the bank's reference until the party is erased; ``keyed`` stands for
that, so that no reference counts twice. ``to_plain`` of a payment is where it goes, kept until it is there or has
failed; ``to_keyed`` stands for it afterwards. Invoices are never changed: a credit note corrects one.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint

from chumbak.exchange.store.tables import FLAG, LONG, WORD, frozen, table

posting = frozen(
    table(
        "posting",
        Column("id", WORD, primary_key=True),
        Column("kind", WORD, nullable=False),
        Column("about", WORD, nullable=False),
        Column("made_us", LONG, nullable=False),
        Column("actor", WORD, nullable=False),
        Column("memo", WORD, nullable=False),
        UniqueConstraint("kind", "about"),
        Index("posting_about", "about"),
    )
)
money_entry = frozen(
    table(
        "money_entry",
        Column("posting", WORD, ForeignKey("posting.id"), primary_key=True),
        Column("account", WORD, primary_key=True),
        Column("paise", LONG, CheckConstraint("paise <> 0"), nullable=False),
        Index("money_entry_account", "account", "posting"),
    )
)
money_balance = table(
    "money_balance",
    Column("account", WORD, primary_key=True),
    Column("free", FLAG, nullable=False),
    Column("paise", LONG, nullable=False),
    CheckConstraint("paise >= 0 OR free", name="money_never_negative"),
)
payment = table(
    "payment",
    Column("id", WORD, primary_key=True),
    Column("key", WORD, nullable=False, unique=True),
    Column("party", WORD, nullable=False),
    Column("paise", LONG, CheckConstraint("paise > 0"), nullable=False),
    Column("how", WORD, nullable=False),
    Column("to_keyed", WORD, nullable=False),
    Column("to_plain", WORD),
    Column("state", WORD, CheckConstraint("state IN ('sent', 'paid', 'failed')"), nullable=False),
    Column("proof", WORD, nullable=False),
    Column("secret", WORD, nullable=False),
    Column("made_us", LONG, nullable=False),
    Column("ends_us", LONG),
    Column("done_us", LONG),
    Column("reason", WORD, nullable=False),
    Index("payment_party", "party", "made_us"),
    Index("payment_secret", "secret"),
    Index("payment_state", "state", "ends_us"),
)
claim = table(
    "claim",
    Column("id", WORD, primary_key=True),
    Column("about", WORD, nullable=False),
    Column("debtor", WORD, nullable=False),
    Column("creditor", WORD, nullable=False),
    Column("paise", LONG, CheckConstraint("paise > 0"), nullable=False),
    Column("open_paise", LONG, CheckConstraint("open_paise >= 0"), nullable=False),
    Column("made_us", LONG, nullable=False),
    Index("claim_debtor", "debtor", "made_us"),
    Index("claim_creditor", "creditor", "made_us"),
)
pay_in = table(
    "pay_in",
    Column("id", WORD, primary_key=True),
    Column("party", WORD, nullable=False),
    Column("paise", LONG, CheckConstraint("paise > 0"), nullable=False),
    Column("keyed", WORD, nullable=False, unique=True),
    Column("reference", WORD),
    Column("state", WORD, CheckConstraint("state IN ('said', 'there', 'not there')"), nullable=False),
    Column("made_us", LONG, nullable=False),
    Column("done_us", LONG),
    Index("pay_in_state", "state", "made_us"),
)
invoice_series = table(
    "invoice_series",
    Column("issuer", WORD, primary_key=True),
    Column("year", WORD, primary_key=True),
    Column("last", LONG, CheckConstraint("last > 0"), nullable=False),
)
invoice = frozen(
    table(
        "invoice",
        Column("id", WORD, primary_key=True),
        Column("kind", WORD, nullable=False),
        Column("issuer", WORD, nullable=False),
        Column("year", WORD, nullable=False),
        Column("number", LONG, CheckConstraint("number > 0"), nullable=False),
        Column("seller", WORD, nullable=False),
        Column("buyer", WORD, nullable=False),
        Column("about", WORD, nullable=False),
        Column("corrects", WORD, ForeignKey("invoice.id")),
        Column("path", WORD, nullable=False),
        Column("made_us", LONG, nullable=False),
        Column("value_paise", LONG, nullable=False),
        Column("tax_paise", LONG, nullable=False),
        Column("withheld_paise", LONG, nullable=False),
        Column("body", WORD, nullable=False),
        UniqueConstraint("issuer", "year", "number"),
        UniqueConstraint("kind", "about"),
        Index("invoice_seller", "seller", "made_us"),
        Index("invoice_buyer", "buyer", "made_us"),
    )
)
