"""What the tables are called in which a person's data stand, on the page that shows how many rows there are."""

from __future__ import annotations

from chumbak.exchange.refusal import N_

OTHER = N_("Other rows")
CALLED = {
    "assay": N_("Assays that you sent"), "audit": N_("What you did here, and what was done about you"),
    "award": N_("Lots that were won"), "bid": N_("Bids"), "claim": N_("Debts between you and others"),
    "code": N_("Codes to sign in"), "consent": N_("What you agreed to"), "contract": N_("Contracts"),
    "contract_step": N_("Steps of contracts"), "dispute": N_("Objections to settlements"),
    "dispute_file": N_("Pictures and papers of objections"), "document": N_("Papers that you showed"),
    "document_file": N_("Pictures of papers"), "duty_certificate": N_("Certificates of what producers owe"),
    "duty_claim": N_("Metal sold, for certificates"), "duty_from": N_("What certified metal came from"),
    "duty_move": N_("Certificates passed on"), "duty_sale": N_("Goods sold, by which producers owe"),
    "duty_stock": N_("Metal left for certificates"), "earned": N_("Steps and lessons done"), "invoice": N_("Invoices"),
    "invoice_series": N_("Numbers of invoices"), "lot": N_("Lots for sale"), "lot_photo": N_("Pictures of lots"),
    "lot_serial": N_("Devices named in lots"), "money_balance": N_("Balances of accounts"),
    "money_entry": N_("Lines of bookings of money"), "offer": N_("Offers"), "party": N_("For whom you act"),
    "party_about": N_("Name, place and tax number of whom you act for"), "passkey": N_("Passkeys"),
    "pay_in": N_("Money paid in"), "payment": N_("Money paid out"), "person": N_("Your account"),
    "person_about": N_("Your name, phone and language"), "pickup": N_("Loads to be fetched"),
    "posting": N_("Bookings of money"), "proposal": N_("Settlements worked out"), "role": N_("Your roles"),
    "round": N_("Rounds that you drive"), "session": N_("Browsers that are signed in"),
    "spent": N_("Signs of passkeys that were used"), "takeback_booking": N_("Take-backs"),
    "takeback_card": N_("Prices in quotes"), "takeback_certificate": N_("Certificates: data destroyed"),
    "takeback_code": N_("Codes of hand-overs"), "takeback_device": N_("Devices handed over"),
    "takeback_history": N_("Steps of take-backs"), "takeback_item": N_("Devices in quotes"),
    "takeback_output": N_("What devices were taken apart into"),
    "takeback_private": N_("Addresses and ways to be paid of take-backs"), "takeback_quote": N_("Quotes"),
    "takeback_slot": N_("Times for hand-overs"), "trust_against": N_("Whom alarms concern"),
    "trust_alarm": N_("Alarms"), "trust_bill": N_("Power and reagents of plants"),
    "trust_decision": N_("Decisions of alarms"), "trust_device": N_("Devices that have earned, as a number only"),
    "trust_found": N_("Assays of blind samples"), "trust_link": N_("What you share with others, as a number only"),
    "trust_made": N_("Labels of devices that were read"), "trust_override": N_("Limits lifted"),
    "trust_paid": N_("What homes say that they got"), "trust_plant": N_("What plants can do"),
    "trust_remark": N_("Answers and appeals to alarms"), "trust_use": N_("What counts against limits"),
    "trust_words": N_("Reasons and answers that you wrote"), "weighing": N_("Weighings"),
}  # fmt: skip
