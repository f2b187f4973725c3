"""The application: which page answers, as whom, in which language; what is refused before a page sees it."""

from __future__ import annotations

import gzip
import sqlite3
import sys
import traceback
from collections.abc import Awaitable, Callable
from functools import lru_cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from chumbak.exchange.desk import Desk
from chumbak.exchange.people.persons import Person, speak
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.web import security
from chumbak.exchange.web.asked import CSRF, Asked, Fault, Page, view
from chumbak.exchange.web.bodies import MOST_BODY, MOST_FIELDS, Bodies, TooBusyError, TooLargeError, TooSlowError

AREAS = ("home", "people", "takeback", "market", "settle", "money", "trust", "responsibility", "numbers", "town")
MOST_FILES = 8
RETRY_SECONDS = 5
PASSING = ("40001", "40P01", "55P03", "53300")  # of PostgreSQL: a conflict, a deadlock, a lock, no connection left
MEDIA = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain"}
KEPT = "public, max-age=31536000, immutable"  # files of ours have their hash in the address
LANGUAGE = "language"  # the cookie


def create_app(desk: Desk) -> Starlette:
    """Return the application of a desk."""
    bodies = Bodies()
    routes: list[Any] = [
        Route("/static/{name}", _static),
        Route("/language/{language}", _language_of(desk), methods=["POST"]),
    ]
    for area in AREAS:
        module = import_module(f"chumbak.exchange.web.{area}")
        for page in module.routes():
            routes.append(Route(page.path, _endpoint(desk, page, bodies), methods=list(page.methods)))
    return Starlette(
        routes=routes, middleware=[Middleware(GZipMiddleware, minimum_size=800)],
        exception_handlers={
            HTTPException: _told(desk), OperationalError: _is_busy(desk), NoConnectionError: _is_busy(desk),
            Exception: _failed(desk),
        },
    )  # fmt: skip


Endpoint = Callable[[Request], Awaitable[Response]]


def _endpoint(desk: Desk, page: Page, bodies: Bodies) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        asked = await _asked(desk, request)
        if page.roles and asked.person is None:
            return _sent_to_sign_in(asked)
        if page.roles and asked.person is not None and not asked.person.roles & set(page.roles):
            return security.finish(problem(asked, 403, N_("Your account is not for this page.")), asked)
        try:
            if request.method == "POST":
                security.take(asked)
                async with bodies.reading(request, asked.address) as request:
                    await _read_form(asked, request)
            answer = await run_in_threadpool(page.handler, asked)
        except Refusal as refusal:
            answer = problem(asked, 422, refusal.text, **refusal.values)
        except HTTPException as error:
            answer = problem(asked, error.status_code, _SAID.get(error.status_code, N_("This did not work.")))
        except security.TooMany as much:
            answer = problem(asked, 429, N_("Too many requests. Wait a little, then try again."))
            answer.headers["Retry-After"] = str(much.seconds)
        except TooLargeError:
            answer = problem(asked, 413, TOO_LARGE, back=_back(asked, page), most=MOST_BODY // 1_000_000)
        except TooSlowError:
            answer = problem(asked, 408, TOO_SLOW, back=_back(asked, page))
        except TooBusyError:
            answer = _come_again(asked)
        finally:
            await request.close()  # what was sent with the form
        return security.finish(answer, asked)

    return endpoint


async def _asked(desk: Desk, request: Request) -> Asked:
    session = await run_in_threadpool(security.open_session, desk, request.cookies)
    return Asked(
        desk, "GET" if request.method == "HEAD" else request.method, request.url.path, dict(request.query_params),
        dict(request.path_params), session, session.person, _language(desk, request, session),
        _address(desk, request), fragment="hx-request" in request.headers,
    )  # fmt: skip


async def _read_form(asked: Asked, request: Request) -> None:
    """Read the form of a POST. Raises ``Refusal`` for one that is not ours or has too many files."""
    try:
        form = await request.form(max_files=MOST_FIELDS, max_fields=MOST_FIELDS, max_part_size=1_000_000)
    except HTTPException:
        raise Refusal(N_("This form did not arrive whole. Try again.")) from None
    texts = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    security.check_form(asked.session, dict(texts).get(CSRF, ""))
    asked.form = {name: value.replace("\0", "").strip() for name, value in texts if name != CSRF}
    asked.lists = {name: [value for other, value in texts if other == name] for name, _ in texts}
    files: dict[str, list[UploadFile]] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile) and value.filename:
            files.setdefault(name, []).append(value)
    if sum(map(len, files.values())) > MOST_FILES:
        raise Refusal(N_("Send at most %(most)s pictures or files at once."), most=MOST_FILES)
    asked.files = files


TOO_LARGE = N_(
    "This is too large to send: %(most)s MB at most with pictures, 2 MB without. What you typed was not kept. Open the "
    "page again and send smaller or fewer pictures."
)
TOO_SLOW = N_("This took too long to arrive, and was not kept. Open the page again and send it once more.")
BUSY = N_("Many people are here just now, and nothing was done. Wait a little, then try again.")


def problem(asked: Asked, status: int, text: str, back: str = "", **values: Any) -> Response:
    """Return a page that says what is wrong; ``back`` is the page to go back to, "" for none."""
    answer = view(asked, "problem.html", fault=Fault(asked.say(text, **values)), status=status, back=back)
    answer.status_code = status
    return answer


_SAID = {
    404: N_("There is nothing here, or nothing that is yours."),
    403: N_("Your account is not for this page."),
    405: N_("This page cannot be used in that way."),
}


def _back(asked: Asked, page: Page) -> str:
    """Return where a form stands that was sent, "" where it is a part of another page."""
    return asked.path if "GET" in page.methods else ""


def _come_again(asked: Asked) -> Response:
    answer = problem(asked, 503, BUSY)
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def _address(desk: Desk, request: Request) -> str:
    peer = request.client.host if request.client else ""
    return security.address(desk.settings.proxies, peer, request.headers.getlist("x-forwarded-for"))


def _sent_to_sign_in(asked: Asked) -> Response:
    to = asked.path if asked.method == "GET" else "/"
    return security.finish(RedirectResponse(f"/sign-in?next={to}", 303), asked)


def _told(desk: Desk) -> Any:
    async def told(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        asked = await _asked(desk, request)
        return security.finish(problem(asked, status, _SAID.get(status, N_("This did not work."))), asked)

    return told


def _is_busy(desk: Desk) -> Any:
    """Return what answers where the database was too busy: another had it for longer than one waits."""

    async def busy(request: Request, error: Exception) -> Response:
        if not (isinstance(error, NoConnectionError) or _is_locked(error)):
            raise error
        # Who asks is not looked up again: that would wait for the same database.
        asked = Asked(
            desk, request.method, request.url.path, {}, {}, security.nobody(desk), None,
            _language(desk, request, None), _address(desk, request),
        )  # fmt: skip
        return security.finish(_come_again(asked), asked)

    return busy


def _is_locked(error: Exception) -> bool:
    """Whether an error of the database is that others hold it: it passes."""
    inner = getattr(error, "orig", None)
    code = getattr(inner, "sqlite_errorcode", None)
    if code is not None:
        return bool(code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED))
    return getattr(inner, "sqlstate", None) in PASSING


def _failed(desk: Desk) -> Any:
    async def failed(request: Request, error: Exception) -> Response:
        traceback.print_exception(error, file=sys.stderr)  # for who runs it; who asks is told no inner matters
        return PlainTextResponse("This did not work. It is written down; please try again.", 500)

    return failed


def _language(desk: Desk, request: Request, session: security.Session | None) -> str:
    """Return the language chosen on this device, else the person's, else the browser's, else the first."""
    spoken = desk.settings.languages
    person = session.person.language if session and session.person else ""
    wanted = [request.cookies.get(LANGUAGE, ""), person]
    wanted += [part.split(";")[0].strip()[:2] for part in request.headers.get("accept-language", "").split(",")]
    return next((one for one in wanted if one in spoken), spoken[0])


def _language_of(desk: Desk) -> Endpoint:
    def told_in(person: Person, chosen: str) -> None:
        with desk.work(person.id) as work:
            speak(work, person.id, chosen)

    async def choose(request: Request) -> Response:
        chosen = request.path_params["language"]
        session = await run_in_threadpool(security.open_session, desk, request.cookies)
        if session.person is not None:  # messages come in the language of the pages
            await run_in_threadpool(told_in, session.person, chosen)
        back = request.query_params.get("next", "/")
        answer = RedirectResponse(back if security.is_ours(back) else "/", 303)
        if chosen in desk.settings.languages:
            answer.set_cookie(
                LANGUAGE, chosen, max_age=31_536_000, samesite="lax", httponly=True, secure=desk.settings.secure_cookies
            )
        return answer

    return choose


@lru_cache(maxsize=64)
def _file(name: str) -> tuple[bytes, bytes, str] | None:
    """Return a file of ours, the same compressed, and what it is; None for what is none."""
    place = files("chumbak.exchange.web").joinpath("static", name)
    media = MEDIA.get(Path(name).suffix)
    if media is None or not place.is_file():
        return None
    body = place.read_bytes()
    return body, gzip.compress(body, 9, mtime=0), media


async def _static(request: Request) -> Response:
    """Answer with a file of ours: it is kept by the browser for ever, since its address changes with it."""
    found = _file(request.path_params["name"])
    if found is None:
        return PlainTextResponse("There is no such file.", 404)
    body, packed, media = found
    headers = {"Cache-Control": KEPT, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, media_type=media, headers=headers | {"Content-Encoding": "gzip"})
    return Response(body, media_type=media, headers=headers)
