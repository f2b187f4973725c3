"""The market: what origins sell and at what price, what by-products fetch, what activities pay for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chumbak.plan.lookup import MILLION, Lookup
from chumbak.plan.network import Network
from chumbak.plan.policies import Policy

INPUTS = (
    "world_price", "world_price_grade", "market", "footprint", "premium", "offer_freight", "offer_limit",
    "offer_limit_grade",
)  # fmt: skip
Offer = tuple[str, str, str]  # offer, origin, material
Limit = tuple[str, tuple[int, ...], np.ndarray]  # name, offers that keep it together, t/year


@dataclass(frozen=True, eq=False)
class Market:
    """What can be bought and sold. ``offers`` are (offer, origin, material); prices are at the border, in M/t.

    ``price`` (offer, year) without duty, ``duty`` (offer, year) M/t; ``limits`` are (offers, t/year) that together keep
    a limit; ``consumed`` (activity, year) what an activity pays for materials that are not balanced; ``sold`` the
    by-products with ``sale_price`` and ``sale_limit`` (material, year); ``footprint`` (offer,) t CO2e per t.
    """

    offers: tuple[tuple[str, str, str], ...]
    price: np.ndarray
    duty: np.ndarray
    limits: tuple[Limit, ...]
    consumed: np.ndarray
    sold: tuple[str, ...]
    sale_price: np.ndarray
    sale_limit: np.ndarray
    export: Mapping[str, np.ndarray]  # most of a balanced material that can be sold abroad, t/year
    footprint: np.ndarray
    reference: Mapping[str, np.ndarray]  # world price of every material of the network that has one, M/t


def make_market(look: Lookup, net: Network, offered: list[Offer], policies: tuple[Policy, ...]) -> Market:
    """Return the market for the goods of the network; materials that are not balanced trade at their world price."""
    balanced = {material for material, _ in net.goods}
    offers = tuple(offer for offer in offered if offer[2] in balanced)
    worth = {name: _worth(look, net, name) for name in (*sorted(balanced), *net.materials)}
    border = np.zeros((len(offers), len(look.years)))
    for at, (offer, _, material) in enumerate(offers):
        price = _needed(look, net, material, f"{offer} sells it")
        premium = look.need("premium", "the price of an offer", offer=offer)
        border[at] = price * premium + look.need("offer_freight", "the price of an offer", offer=offer) / MILLION
    prices = np.array([_needed(look, net, name, "plants take it in or turn it out") for name in net.materials])
    prices = prices.reshape(len(net.materials), len(look.years))
    consumed = np.einsum("amt,mt->at", net.taken, prices) + np.einsum(
        "amt,mt->at", net.turned_out, np.maximum(-prices, 0)
    )
    earning = [at for at, name in enumerate(net.materials)
               if np.nanmax(prices[at], initial=0.0) > 0 and net.turned_out[:, at].any()]  # fmt: skip
    sold = [net.materials[at] for at in earning]
    return Market(
        offers=offers, price=border, duty=border * _duty(offers, policies, net, look),
        limits=_limits(look, net, offers),
        consumed=consumed, sold=tuple(sold), sale_price=prices[earning],
        sale_limit=np.array([_sale_limit(look, net.template[name]) for name in sold]).reshape(len(sold), -1),
        export={
            name: look.find("market", material=net.template[name]) for name in sorted(balanced)
            if look.has("market", material=net.template[name])
        },
        footprint=np.array([_footprint(look, net, offer) for offer in offers]),
        reference={name: price for name, price in worth.items() if np.isfinite(price).all()},
    )  # fmt: skip


def _worth(look: Lookup, net: Network, material: str) -> np.ndarray:
    """Return the world price of a material over the years, M/t; NaN where the pack has none."""
    template, grade = net.template[material], net.grade[material]
    if grade and look.has("world_price_grade", material=template, grade=grade):
        return look.find("world_price_grade", material=template, grade=grade) / MILLION
    return look.find("world_price", material=template) / MILLION


def _needed(look: Lookup, net: Network, material: str, why: str) -> np.ndarray:
    price = _worth(look, net, material)
    if np.isnan(price).any():
        template, grade = net.template[material], net.grade[material]
        if grade and template != material:
            look.need("world_price_grade", why, material=template, grade=grade)
        else:
            look.need("world_price", why, material=template)
    return price


def _duty(offers: tuple[Offer, ...], policies: tuple[Policy, ...], net: Network, look: Lookup) -> np.ndarray:
    """Return the duty on each offer as a share of its price, (offer, year)."""
    found = np.zeros((len(offers), len(look.years)))
    for policy in policies:
        if policy.instrument != "duty":
            continue
        in_force = (look.years >= policy.first) & (look.years <= policy.last)
        for at, (_, origin, material) in enumerate(offers):
            if policy.material in (material, net.template[material]) and policy.origin in ("", origin):
                found[at] += policy.share * policy.in_force * in_force
    return found


def _limits(
    look: Lookup, net: Network, offers: tuple[Offer, ...]
) -> tuple[tuple[str, tuple[int, ...], np.ndarray], ...]:
    """Return the limits of offers: of all that an offer sells together, and of one grade of it."""
    found = []
    for offer in dict.fromkeys(name for name, _, _ in offers):
        members = tuple(at for at, (name, _, _) in enumerate(offers) if name == offer)
        if look.has("offer_limit", offer=offer):
            found.append((offer, members, look.find("offer_limit", offer=offer)))
        for at in members:
            grade = net.grade[offers[at][2]]
            if grade and look.has("offer_limit_grade", offer=offer, grade=grade):
                found.append((f"{offer}.{grade}", (at,), look.find("offer_limit_grade", offer=offer, grade=grade)))
    return tuple(found)


def _sale_limit(look: Lookup, material: str) -> np.ndarray:
    limit = look.find("market", material=material)
    found: np.ndarray = np.where(np.isnan(limit), np.inf, limit)
    return found


def _footprint(look: Lookup, net: Network, offer: Offer) -> float:
    return look.number("footprint", f"{offer[0]} sells it", material=net.template[offer[2]])
