"""What a page is asked, and how it answers: the little that every page shares.

An area's module ``web/<area>.py`` has ``routes() -> list[Page]``. A handler is a plain function of ``Asked``, run in a
thread. ``form_page`` makes the usual pair of a form shown and a form sent; a ``Refusal`` shows it again with what was
typed and the sentence beside its field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from chumbak.exchange.desk import Desk
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.web.places import areas
from chumbak.exchange.words import Words, names, words

if TYPE_CHECKING:
    from chumbak.exchange.people.persons import Person
    from chumbak.exchange.web.security import Session

CSRF = "csrf"  # the field of every form


@dataclass(frozen=True)
class Fault:
    """What is wrong with a form, said in the user's language; ``field`` is where."""

    text: str
    field: str = ""


@dataclass
class Asked:
    """One request. ``form`` and ``files`` are those of a POST whose token was checked, ``params`` those in the path."""

    desk: Desk
    method: str
    path: str
    query: Mapping[str, str]
    params: Mapping[str, str]
    session: Session
    person: Person | None
    language: str
    address: str = ""
    form: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, Sequence[UploadFile]] = field(default_factory=dict)
    fragment: bool = False  # htmx asks for a part of a page

    @cached_property
    def words(self) -> Words:
        """Return the user's language."""
        one = self.desk.catalogue
        return words(self.language, one.currency, one.country, self.desk.settings.time_zone)

    @property
    def actor(self) -> str:
        """Return the id of the person who asks, "" for nobody."""
        return self.person.id if self.person else ""

    def say(self, text: str, **values: Any) -> str:
        """Return a text in the user's language."""
        return self.words.say(text, **values)

    def fault(self, refusal: Refusal) -> Fault:
        """Return a refusal in the user's language."""
        return Fault(self.say(refusal.text, **refusal.values), refusal.field)


Handler = Callable[[Asked], Response]


@dataclass(frozen=True)
class Page:
    """A path (as Starlette writes it: ``/lot/{lot}``) and who answers it; ``roles``: any of them, () is everybody."""

    path: str
    handler: Handler
    methods: tuple[str, ...] = ("GET",)
    roles: tuple[str, ...] = ()


Show = Callable[..., Response]


def form_page(path: str, show: Show, act: Handler, roles: tuple[str, ...] = ()) -> Page:
    """Return the page of a form: ``show(asked, values, fault)`` for GET, ``act(asked)`` for POST.

    What ``act`` refuses is shown by ``show`` with the values typed and the fault, status 422.
    """

    def handler(asked: Asked) -> Response:
        if asked.method != "POST":
            return show(asked, dict(asked.query), None)
        try:
            return act(asked)
        except Refusal as refusal:
            answer = show(asked, dict(asked.form), asked.fault(refusal))
            answer.status_code = 422
            return answer

    return Page(path, handler, ("GET", "POST"), roles)


def view(asked: Asked, template: str, **values: Any) -> Response:
    """Return a page made from a template; in it are ``asked``, ``_``, ``money``, ``mass``, ``when`` and the like."""
    given = _helpers(asked) | {"asked": asked} | values
    return HTMLResponse(environment().get_template(template).render(given))


def text_of(asked: Asked, field: str, file: str) -> str:
    """Return what was typed in a field, or the text of the file that was sent instead. Raises ``Refusal``."""
    sent = asked.files.get(file)
    if not sent:
        return asked.form.get(field, "")
    try:
        with sent[0].file as read:
            return read.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal(N_("This file is no text. Save the table as CSV in UTF-8."), file) from None


def go(asked: Asked, path: str) -> Response:
    """Return that the browser should go on to a page of ours (after a form)."""
    return RedirectResponse(path, 303)


def missing() -> HTTPException:
    """Return what to raise where there is nothing, or nothing that this person may see."""
    return HTTPException(404)


def _helpers(asked: Asked) -> dict[str, Any]:
    said = asked.words
    settings = asked.desk.settings
    return {
        "_": said.say, "gettext": said.say, "many": said.many, "money": said.money, "mass": said.mass,
        "content": said.content, "when": said.when, "day": said.day, "number": said.number, "percent": said.percent,
        "language": asked.language, "languages": names(settings.languages), "label": settings.label,
        "show_messages": settings.show_messages, "place_areas": lambda: areas(asked),
        "person": asked.person, "csrf": lambda: csrf_field(asked), "static": static,
    }  # fmt: skip


def csrf_field(asked: Asked) -> Markup:
    """Return the hidden field that shows that a form is ours."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF, asked.session.csrf)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the templates; a name that is not given is an error."""
    return Environment(
        loader=PackageLoader("chumbak.exchange.web"), autoescape=select_autoescape(default=True),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


@lru_cache(maxsize=64)
def static(name: str) -> str:
    """Return the address of a file of ours, with its hash: it may be kept for ever."""
    from hashlib import sha256
    from importlib.resources import files

    body = files("chumbak.exchange.web").joinpath("static", name).read_bytes()
    return f"/static/{name}?{sha256(body).hexdigest()[:12]}"
