"""Capturing over REST: committed when answered, kept once, refused with a pointer."""

from __future__ import annotations

from collections.abc import Callable

from chumbak.custody.store.replay import replay
from tests.custody.store.events import appear, turn, uri, wrong

from .conftest import Asker
from .process import document, one


def test_an_event_is_recorded_when_it_is_answered(ask: Asker) -> None:
    reply = ask("POST", "/events", one(appear("a", Nd=1000)))
    assert reply.status == 201
    kept = reply.json()
    assert ask.store.read.record_of(kept["eventID"]) is not None
    again = ask("GET", reply.headers["location"])
    assert again.status == 200
    (event,) = again.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert event["eventID"] == kept["eventID"]
    assert event["recordTime"] == kept["recordTime"]
    assert event["rem:content"] == appear("a", Nd=1000)["rem:content"]
    assert replay(ask.store).sound


def test_a_retry_gets_the_first_answer_and_another_body_409(ask: Asker) -> None:
    event = {**appear("a", Nd=1000), "eventID": "urn:uuid:00000000-0000-4000-8000-000000000001"}
    first, again = ask("POST", "/events", one(event)), ask("POST", "/events", one(event))
    assert (again.status, again.body) == (first.status, first.body)
    reply = ask("POST", "/events", one({**event, "disposition": "in_progress"}))
    assert reply.status == 409
    assert reply.json()["type"] == "epcisException:ResourceAlreadyExistsException"
    assert reply.headers["content-type"] == "application/problem+json"
    sent = document(event, appear("b", Nd=5))
    first, again = ask("POST", "/capture", sent), ask("POST", "/capture", sent)
    assert first.status == 202
    assert (again.body, again.headers["location"]) == (first.body, first.headers["location"])
    assert ask("GET", first.headers["location"]).json() == first.json()


def test_an_event_without_an_id_is_the_same_however_it_is_spelled(ask: Asker) -> None:
    event = {name: value for name, value in appear("a", Nd=1000).items() if name != "eventID"}
    first = ask("POST", "/events", one(event))
    spelled = one({**event, "eventTime": event["eventTime"].replace(".000Z", "Z").replace("Z", "+00:00")})
    assert spelled["eventTime"] != event["eventTime"]
    again = ask("POST", "/events", spelled)
    assert (first.status, again.status) == (201, 201)
    assert again.json()["eventID"] == first.json()["eventID"]
    assert replay(ask.store).events == 1
    other = ask("POST", "/events", one({**event, "eventTime": "2026-01-02T03:04:06Z"}))
    assert other.status == 400, "another event: and the lot is there already"


def test_the_same_event_five_times_at_once_is_kept_once(ask: Asker) -> None:
    replies = ask.together(*[("POST", "/events", one(appear("a", Nd=1000)))] * 5)
    assert {reply.status for reply in replies} == {201}
    assert len({reply.body for reply in replies}) == 1
    assert len(list(ask.store.read.records(kind="event"))) == 1


def test_of_two_that_take_one_lot_one_wins(ask: Asker) -> None:
    ask("POST", "/events", one(appear("a", Nd=1000)))
    takers = [one(turn(["a"], {name: {"Nd": 1000}}, take={"a": {"Nd": 1000}})) for name in ("b", "c")]
    replies = ask.together(*(("POST", "/events", taker) for taker in takers))
    assert sorted(reply.status for reply in replies) == [201, 400]
    (refused,) = [reply.json() for reply in replies if reply.status == 400]
    assert refused["errors"][0]["pointer"].startswith("/rem:take/0")
    assert replay(ask.store).sound


def test_what_is_wrong_is_told_with_pointer_and_mend(light: Asker) -> None:
    bad = {**appear("a", Nd=1000), "bizStep": "urn:epcglobal:cbv:bizstep:shipping"}
    reply = light("POST", "/capture", document(appear("b", Nd=1), bad))
    assert reply.status == 400
    (fault,) = reply.json()["errors"]
    assert fault["pointer"] == "/epcisBody/eventList/1/bizStep"
    assert "shipping" in fault["mend"]
    content = {**appear("a"), "rem:content": [{"lot": uri("a"), "element": {"Nd": "1.5"}, "origin": {"kind": "x"}}]}
    reply = light("POST", "/events", one(content))
    assert {fault["pointer"] for fault in reply.json()["errors"]} == {
        "/rem:content/0/element/Nd", "/rem:content/0/origin/kind"
    }  # fmt: skip
    assert light.store.read.last_seq() == 1


def test_rollback_keeps_nothing_and_proceed_what_is_good(light: Asker) -> None:
    sent = document(
        appear("a", Nd=10), {**appear("b", Nd=10), "action": "MAYBE"}, turn(["nothing"], {"c": {"Nd": 5}}),
        appear("d", Nd=1),
        {**appear("e"), "rem:content": 3},
    )  # fmt: skip
    assert light("POST", "/capture", sent).status == 400
    assert light.store.read.last_seq() == 1
    reply = light("POST", "/capture", sent, gs1_capture_error_behaviour="proceed")
    assert reply.status == 202
    job = reply.json()
    assert (job["success"], job["running"], job["captureErrorBehaviour"]) == (False, False, "proceed")
    places = sorted(fault["errors"][0]["pointer"].split("/")[3] for fault in job["errors"])
    assert places == ["1", "2", "4"]
    assert [event["record"] for event in job["events"]] == [2, 3]
    assert light("GET", "/capture").json() == [job]
    assert light("POST", "/capture", sent, gs1_capture_error_behaviour="perhaps").status == 400


def test_an_event_declared_erroneous_is_taken_back(light: Asker) -> None:
    event = appear("a", Nd=1000)
    first = light("POST", "/events", one(event)).json()
    declared = light("POST", "/events", one(wrong(event)))
    assert declared.status == 201
    assert declared.json()["eventID"] == first["eventID"]
    listed = light("GET", declared.headers["location"]).json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert ["errorDeclaration" in one for one in listed] == [False, True]
    assert light("GET", "/lots/" + uri("a").replace("/", "%2F")).status == 404


def test_what_cannot_be_read_is_refused(light: Asker) -> None:
    assert light("POST", "/events", b"{").status == 400
    assert light("POST", "/events", b"\xff").status == 400
    assert light("POST", "/events", b"[" * 100_000).status == 400
    assert light("POST", "/events", document(appear("a"))).json()["errors"][0]["pointer"] == "/type"
    assert light("POST", "/capture", b"<xml/>", content_type="application/xml").status == 415
    assert light("POST", "/capture", document(), gs1_epcis_version="1.2").status == 406
    assert light("POST", "/capture", document()).json()["events"] == []
    assert light("POST", "/capture", document(*[{}] * 2001)).status == 413


def test_a_large_body_and_too_many_requests_are_refused(service: Callable[..., Asker]) -> None:
    ask = service(size=2000, rate=1, burst=3)
    reply = ask("POST", "/events", b"x" * 2001)
    assert reply.status == 413
    assert reply.headers["gs1-epcis-capture-file-size-limit"] == "2000"
    statuses = [ask("GET", "/health").status for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert ask("GET", "/health").headers["retry-after"] == "1"
