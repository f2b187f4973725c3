"""What walks of trade share: a lot listed and sold, a load weighed, assayed and settled."""

from __future__ import annotations

import io
import re
from typing import Any

from PIL import Image

from tests.exchange.walks.handset import Handset

SWARF_KG = 25


def paise(text: str) -> int:
    """Return the amount of a page's big number."""
    return round(float(re.sub(r"[^0-9.]", "", text)) * 100)


def refused(hand: Handset, path: str, **form: str) -> str:
    """Send a form that no page offers now, from this handset; it is refused. Return what is said."""
    hand.go("/me")
    csrf = hand.page.locator("main input[name=csrf]").first.input_value()
    asked = hand.page.context.request.post(f"{hand.base}{path}", form={"csrf": csrf, **form}, max_redirects=0)
    assert asked.status == 422, (path, asked.status)
    found = re.search(r'class="fault"[^>]*>([^<]+)<', asked.text())
    assert found, asked.text()
    return found[1]


def listed(
    hand: Handset, kg: int, way: str, photograph: bytes | None = None, goods: str = "swarf_sh", **more: Any
) -> str:
    """List a lot of swarf in three steps; return it."""
    hand.go("/market/new")
    hand.send(goods=goods, weight=str(kg), origin="pre-consumer", place="seelampur")
    if photograph:
        hand.send(photo={"name": "lot.jpg", "mimeType": "image/jpeg", "buffer": photograph}, press="button:not([name])")
        hand.go(hand.path.replace("/price", "/photos"))
        assert hand.page.locator("main img").count() == 1
    hand.send(seal="S-1", press="button[name=next]")
    assert "Fair price" in hand.text or "fair price" in hand.text
    typed: dict[str, Any] = {"way": way, "hours": "72", **more}
    hand.send(**typed)
    return hand.id


def photograph() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((320, 240), 40).convert("RGB").save(out, "JPEG", quality=60)
    return out.getvalue()


def sold(seller: Handset, buyer: Handset, lot: str) -> str:
    """Offer, counter, accept; return the contract."""
    buyer.go(f"/market/lot/{lot}").send(status=422, paise="much")
    assert buyer.fault
    buyer.send(paise="1500")
    seller.go("/market/mine").go(f"/market/lot/{lot}").press("a[href$='/counter']").send(paise="1600")
    buyer.go(f"/market/lot/{lot}").press("form[action$='/accept'] button")
    if "/contract/" not in buyer.path:
        buyer.press("main a[href^='/contract/']")
    return buyer.id


def weighed(hand: Handset, contract: str, kg: float, scale: str, seal: str) -> None:
    """Weigh a load, with a vehicle of 1,000 kg."""
    hand.go(f"/contract/{contract}").press("a[href$='/weigh']")
    more: dict[str, Any] = {"whole": "yes"} if hand.page.locator("[name=whole]").count() else {}
    hand.send(gross=str(1000 + kg), tare="1000", uncertainty="0.02", scale=scale, seal=seal, **more)


def settled(seller: Handset, buyer: Handset, contract: str, seals: tuple[str, str]) -> None:
    """Lay down the money, weigh at both ends, and send both assays: they agree."""
    if buyer.go(f"/contract/{contract}").page.locator("form:has(input[value=fund])").count():
        buyer.press("form:has(input[value=fund]) button")
    weighed(seller, contract, SWARF_KG, "Invented bridge", seals[0])
    weighed(buyer, contract, SWARF_KG, "Bridge of the plant", seals[1])
    for hand, content in ((seller, "21.8"), (buyer, "21.7")):
        hand.go(f"/contract/{contract}").press("a[href$='/assay']")
        hand.send(content=content, uncertainty="0.2", laboratory="Invented laboratory", method="ICP-OES")
