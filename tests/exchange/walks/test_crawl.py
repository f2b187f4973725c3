"""Every page that each role reaches by links, in Hindi: it is whole, no English is left, and bad forms are told so."""

from __future__ import annotations

import re
from collections import deque
from typing import Any

import pytest

from chumbak.exchange.words import catalog
from tests.browser import in_a_browser
from tests.exchange.walks.handset import Handset, hands

pytest.importorskip("playwright.sync_api")
pytestmark = in_a_browser
ROLES = ("", "family", "collector", "trader", "recycler", "producer", "auditor", "administrator")
MOST_ALIKE, MOST_PAGES = 1, 20  # pages of one kind, and in all, of one role
HINDI = re.compile("[\\u0900-\\u097f]")
SENT = ("/phone",)  # texts are in the language of who got them, when they got them
NOT_PAGES = re.compile(r"\.csv|\.json|/json$|/picture|/photo/|^/custody|^/static|^//|^http")
ID = re.compile(r"[a-z]+-[a-z0-9]{13}|\d{4}-\d\d")
# Of a page: texts that stand in no element marked as another language, the addresses it leads to, and its forms.
READ = """() => {
  const main = document.querySelector("main"), texts = [];
  const walk = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const one = walk.currentNode;
    const left_out = one.parentElement.closest("[lang]:not(html), code, textarea, script, .soft");
    if (!left_out) texts.push(one.textContent.trim());
  }
  const forms = Array.from(main.querySelectorAll("form[method=post]")).map((form) => ({
    action: form.getAttribute("action") || location.pathname,
    fields: Array.from(form.querySelectorAll("input, select, textarea")).map((one) => ({
      name: one.name, value: one.value, hidden: one.type === "hidden", required: one.required,
      kind: one.tagName === "SELECT" ? "select" : one.type === "text" && one.inputMode ? "number" : one.type,
    })),
  }));
  return {texts: texts.filter(Boolean), forms,
    links: Array.from(document.querySelectorAll("a[href]")).map((one) => one.getAttribute("href"))};
}"""


def english() -> re.Pattern[str]:
    """Return a pattern of every sentence that the catalogue has in other words in Hindi."""
    said = []
    for message in catalog("hi"):
        if isinstance(message.id, str) and message.id and message.id != message.string:
            parts = [re.escape(part.replace("%%", "%")) for part in re.split(r"%\(\w+\)s", message.id)]
            if len(re.sub(r"[^a-z]", "", re.sub(r"%\(\w+\)s", "", message.id))) > 3:
                said.append(".+?".join(parts))
    return re.compile("|".join(f"(?:{one})" for one in sorted(said, key=len, reverse=True)))


ENGLISH = english()


def crawl(hand: Handset) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """Look at every kind of page that links lead to; return what is wrong, and the forms by where they go."""
    wrong: list[str] = []
    forms: dict[str, dict[str, Any]] = {}
    known: set[str] = set()
    alike: dict[str, int] = {}
    waiting = deque([("/", ""), ("/me", ""), ("/town", "")])
    while waiting and len(known) < MOST_PAGES:
        path, whence = waiting.popleft()
        kind = ID.sub("…", path.split("?")[0])
        if path in known or alike.get(kind, 0) >= MOST_ALIKE:
            continue
        known.add(path)
        alike[kind] = alike.get(kind, 0) + 1
        try:
            hand.go(path)
        except AssertionError as error:
            wrong.append(f"{ID.sub('…', whence)} leads to {error}")
            continue
        read = hand.page.evaluate(READ)
        wrong += [f"{kind}: {text[:100]}" for text in read["texts"] if ENGLISH.fullmatch(text) and kind not in SENT]
        for form in read["forms"]:
            typed = tuple(one["name"] for one in form["fields"])
            forms.setdefault(f"{ID.sub('…', form['action'])} {typed}", form)
        here = hand.path.split("?")[0]
        links = [here + link if link.startswith("?") else link.split("#")[0] for link in read["links"]]
        waiting.extend((link, here) for link in links if link.startswith("/") and not NOT_PAGES.search(link))
    return wrong, forms


def bad(form: dict[str, Any], nonsense: bool) -> dict[str, str] | None:
    """Return what to send of a form, empty or with nonsense; None if it has nothing to be wrong."""
    shown = [one for one in form["fields"] if not one["hidden"] and one["name"] and one["kind"] != "file"]
    strict = {"select", "radio", "number", "date", "time", "tel", "datetime-local"}
    if not any(one["required"] and (not nonsense or one["kind"] in strict) for one in shown):
        return None
    kept = {one["name"]: one["value"] for one in form["fields"] if one["hidden"]}
    return kept | ({one["name"]: "≠ nonsense" for one in shown} if nonsense else {})


@pytest.mark.parametrize("role", ROLES)
def test_every_page_is_whole_and_hindi_and_every_form_says_what_is_wrong(window: Any, town: str, role: str) -> None:
    with hands(window, town, scripts=False) as made:
        hand = made.handset(role, "hi")
        wrong, forms = crawl(hand)
        for name, form in forms.items():
            for nonsense in (False, True):
                if (sent := bad(form, nonsense)) is None:
                    continue
                answer = hand.page.context.request.post(f"{town}{form['action']}", form=sent, max_redirects=0)
                said = re.search(r'class="fault"[^>]*>([^<]+)<', answer.text())
                if answer.status != 422 or not said or not HINDI.search(said[1]):
                    how = "nonsense" if nonsense else "empty"
                    wrong.append(f"{name} sent {how}: {answer.status} {said[1] if said else 'nothing is said'}")
        made.faults += wrong
