"""A handset in somebody's hand: a browser of 320 by 640 that sees, of each page it comes to, whether it is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

SIZE = (320, 640)
MOST_BYTES = 60_000  # on the wire, with all that a page loads into an empty browser
LEAST_HEIGHT = 43.5  # pixels of what is pressed: 44, less what rounding takes
PATIENCE = 15_000  # milliseconds

# What a page must be, whoever made it: asked of the browser itself, which answers with scripts off too.
LOOK = """() => {
  const seen = (one) => one.getClientRects().length > 0;
  const all = (what) => Array.from(document.querySelectorAll(what)).filter(seen);
  const pressed = "button, a.button, a.door, a.tile, label.tile, header a, footer a, summary, select, textarea, "
    + "input:not([type=hidden]):not([type=radio]):not([type=checkbox])";
  return {
    wide: document.documentElement.scrollWidth, language: document.documentElement.lang,
    heading: document.querySelectorAll("main h1, main h2").length,
    nameless: all("input:not([type=hidden]), select, textarea")
      .filter((one) => !one.labels.length && !one.ariaLabel).map((one) => one.name),
    low: all(pressed).filter((one) => one.getBoundingClientRect().height < LEAST)
      .map((one) => one.outerHTML.slice(0, 90)),
    twice: Array.from(document.querySelectorAll("[id]")).map((one) => one.id)
      .filter((id, n, ids) => ids.indexOf(id) !== n),
  };
}""".replace("LEAST", str(LEAST_HEIGHT))


@dataclass
class Handset:
    """One browser. ``faults`` says what was not whole on any page that it came to; a walk ends by looking at it."""

    page: Any
    base: str
    language: str = "en"
    wide: int = SIZE[0]
    faults: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    bytes: int = 0

    @property
    def path(self) -> str:
        """The path it is at."""
        return str(self.page.url.removeprefix(self.base))

    @property
    def id(self) -> str:
        """The last part of the path it is at."""
        return self.path.split("?")[0].rstrip("/").rsplit("/", 1)[-1]

    @property
    def text(self) -> str:
        """What the page says."""
        return str(self.page.locator("main").inner_text())

    @property
    def fault(self) -> str:
        """What the page says is wrong, "" if nothing."""
        found = self.page.locator("main .fault")
        return str(found.first.inner_text()) if found.count() else ""

    def be(self, who: str) -> Handset:
        """Be somebody of the town."""
        self.page.goto(f"{self.base}/town")
        csrf = self.page.locator("main input[name=csrf]").first.input_value()
        asked = self.page.context.request.post(f"{self.base}/town/be/{who}", form={"csrf": csrf}, max_redirects=0)
        assert asked.status == 303, (who, asked.status)
        return self

    def go(self, path: str, status: int = 200) -> Handset:
        """Go to a page and look at it."""
        self.bytes = 0
        self._look(self.page.goto(f"{self.base}{path}"), status)
        return self

    def press(self, what: Any, status: int = 200) -> Handset:
        """Press a link or a button, wait for the page that it leads to, and look at it."""
        one = self.page.locator(what).first if isinstance(what, str) else what
        self.bytes = 0
        with self.page.expect_navigation(wait_until="load") as gone:
            one.click()
        self._look(gone.value, status)
        return self

    def send(
        self, form: str = "main form[method=post]", press: str = "button", status: int = 200, **typed: Any
    ) -> Handset:
        """Fill in a form and send it."""
        if typed and form == "main form[method=post]":
            form = f"main form:has([name='{next(iter(typed))}'])"
        one = self.page.locator(form).first
        for name, value in typed.items():
            self._fill(one, name, value)
        if status >= 400:  # let the server say it: the browser would hold such a form back
            one.evaluate("(form) => { form.noValidate = true; }")
        return self.press(one.locator(press).last, status)

    def takes(self, path: str) -> str:
        """Return the text of a file that the page offers."""
        asked = self.page.context.request.get(f"{self.base}{path}")
        assert asked.status == 200, (path, asked.status)
        return str(asked.text())

    def _fill(self, form: Any, name: str, value: Any) -> None:
        found = form.locator(f"[name='{name}']")
        kind = found.first.evaluate("(one) => one.tagName === 'SELECT' ? 'select' : one.type")
        if kind == "select":
            found.first.select_option(**value) if isinstance(value, dict) else found.first.select_option(value)
        elif kind in ("radio", "checkbox"):
            form.locator(f"[name='{name}'][value='{value}']").check()
        elif kind == "file":
            found.first.set_input_files(value)
        else:
            found.first.fill(value)

    def _look(self, answer: Any, status: int) -> None:
        errors = [one for one in self.errors if status < 400 or "status of" not in one]
        self.errors.clear()
        assert answer.status == status, (self.path, answer.status, self.text[:300])
        found = self.page.evaluate(LOOK)
        said = [
            (found["wide"] > self.wide, f"is {found['wide']} pixels wide"),
            (found["language"] != self.language, f"says it is in '{found['language']}'"),
            (not found["heading"], "has no heading"),
            (found["nameless"], f"fields without a label: {found['nameless']}"),
            (found["low"], f"too low to press: {found['low']}"),
            (found["twice"], f"ids twice: {found['twice']}"),
            (errors, f"errors: {errors}"),
            (self.bytes > MOST_BYTES, f"is {self.bytes} bytes on the wire"),
        ]
        self.faults += [f"{re.sub(r'-[a-z0-9]{13}', '-…', self.path)} {text}" for wrong, text in said if wrong]


@dataclass
class Hands:
    """Makes handsets of one kind, whose faults come together."""

    browser: Any
    base: str
    scripts: bool
    faults: list[str] = field(default_factory=list)

    def handset(self, who: str = "", language: str = "en", size: tuple[int, int] = SIZE) -> Handset:
        """Return a handset, in the hand of somebody of the town."""
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, java_script_enabled=self.scripts
        )
        context.add_cookies([{"name": "language", "value": language, "url": self.base}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        made = Handset(page, self.base, language, size[0], self.faults)
        page.on("console", lambda said: made.errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: made.errors.append(str(error)))
        wire = context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
        wire.on("Network.loadingFinished", lambda one: setattr(made, "bytes", made.bytes + one["encodedDataLength"]))
        return made.be(who) if who else made


@contextmanager
def hands(browser: Any, base: str, scripts: bool) -> Iterator[Hands]:
    """Return handsets with or without scripts; in the end no page that they came to had a fault."""
    made = Hands(browser, base, scripts)
    yield made
    for context in browser.contexts:
        context.close()
    assert not made.faults, "\n".join(dict.fromkeys(made.faults))
