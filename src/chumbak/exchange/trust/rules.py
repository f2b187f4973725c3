"""The rules that raise alarms: what each looks for, in a sentence. Their thresholds are the policy's."""

from __future__ import annotations

from chumbak.exchange.refusal import N_

RULES = {
    "limit": N_("More handed over or paid than is usual for one payee, address or group"),
    "weight": N_("The weight does not fit this kind of device"),
    "age": N_("The age does not fit this kind of device"),
    "content": N_("The assay does not fit what such scrap holds"),
    "origin": N_("Handed over far from the registered place"),
    "junk": N_("Mostly the lightest devices of their kind"),
    "related": N_("Those who deal with each other are related"),
    "blind": N_("A blind second assay does not agree with the first"),
    "bias": N_("Assays that err to one side, lot after lot"),
    "recovery": N_("More came out than such devices hold"),
    "throughput": N_("More worked up than plant, power or reagents allow"),
    "short-pay": N_("Homes say that they got less than promised"),
    "seal": N_("The seal, or the load behind it, was changed"),
    "scale": N_("A scale that drifts"),
    "serial": N_("A serial number that earned before was given again"),
    "identity": N_("A device that has no number of its own on record"),
    "price": N_("Sold far below or above its fair price"),
    "override": N_("Limits lifted too often by one person"),
}
