from __future__ import annotations

import re

import pytest

from chumbak.exchange.people import consent, documents, ladder, passkeys, persons
from chumbak.exchange.people.phones import plain_phone
from chumbak.exchange.words import words
from tests.exchange import house
from tests.exchange.people.helper import PNG, Authenticator, last_code, member, messages


@pytest.fixture
def desk(tmp_path):
    with house.desk(tmp_path) as made:
        yield made


def signed_in(desk, person):
    browser = house.client(desk)
    house.sign_in(browser, person)
    return browser


def faults(answer) -> list[str]:
    return re.findall(r'class="fault"[^>]*role="alert">([^<]*)', answer.text)


def join(desk, phone="98765 43210", **form):
    """Go through the three screens; return the browser and the last answer."""
    browser = house.client(desk)
    browser.get("/sign-in")
    assert browser.post("/sign-in", {"phone": phone}).headers["location"] == "/sign-in/code"
    browser.get("/sign-in/code")
    assert browser.post("/sign-in/code", {"code": last_code(desk)}).headers["location"] == "/join"
    browser.get("/join")
    assert browser.post("/join", {"name": "Asha Devi", "role": "trader"}).headers["location"] == "/join/place"
    browser.get("/join/place")
    answer = browser.post("/join/place", {"place": "moradabad", "agree": "yes"} | form)
    browser.get("/me")
    return browser, answer


def test_joining_takes_three_screens_and_no_papers(desk):
    browser, answer = join(desk)
    assert answer.headers["location"] == "/me"
    page = browser.get("/me")
    assert "Asha Devi" in page.text
    assert "Moradabad" in page.text
    assert "2 of 9 are done" in page.text
    with desk.read() as work:
        found = persons.person_of_phone(work, "9876543210")
        assert found.roles == {"trader"}
        assert consent.holds(work, found.id, consent.SERVICE)


def test_who_is_known_signs_in_by_the_same_screen(desk):
    browser, _ = join(desk)
    browser.post("/me/sign-out")
    browser.get("/sign-in")
    browser.post("/sign-in", {"phone": "+91 98765 43210"})
    assert browser.post("/sign-in/code", {"code": last_code(desk)}).headers["location"] == "/me"


def test_known_and_unknown_phones_get_the_same_answers(desk):
    known, answers = member(desk, "citizen").phone, []
    for phone in (known, "9888888888"):
        browser = house.client(desk)
        browser.get("/sign-in")
        sent = browser.post("/sign-in", {"phone": phone})
        page = browser.get(sent.headers["location"])
        wrong = browser.post("/sign-in/code", {"code": "abc"})
        hide = [plain_phone(desk.settings, "India", phone), phone, browser.token]
        text = page.text + wrong.text
        for part in hide:
            text = text.replace(part, "")
        answers.append((sent.status_code, sent.headers["location"], wrong.status_code, text))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("language", ["en", "hi"])
def test_each_form_says_in_the_users_language_what_is_wrong(desk, language):
    say = words(language).say
    browser = house.client(desk)
    browser.http.cookies.set("language", language)
    assert faults(browser.post("/sign-in", {"phone": "12"})) == [
        say("This is no phone number. Write its digits, as you would dial it.")
    ]
    browser.post("/sign-in", {"phone": "9876543210"})
    assert faults(browser.post("/sign-in/code", {"code": ""})) == [
        say("The code is not right. Tries left: %(left)s.", left=4)
    ]
    browser.post("/sign-in/code", {"code": last_code(desk)})
    browser.get("/join")
    assert faults(browser.post("/join", {"name": " ", "role": "trader"})) == [say("Write your name.")]
    assert faults(browser.post("/join", {"name": "Asha", "role": "administrator"})) == [say("Choose one of the two.")]
    browser.post("/join", {"name": "Asha", "role": "trader"})
    assert faults(browser.post("/join/place", {"place": "Atlantis", "agree": "yes"})) == [
        say("Choose a place of the list.")
    ]
    said = say("Without this there is no account: put a tick here if you agree.")
    assert faults(browser.post("/join/place", {"place": "moradabad"})) == [said]
    assert browser.post("/join/place", {"place": "moradabad", "agree": "yes"}).status_code == 303
    browser.get("/me")
    assert faults(browser.post("/me/change", {"name": "x" * 101, "place": "moradabad"})) == [
        say("This name is too long: %(most)s letters at most.", most=100)
    ]
    assert faults(browser.post("/me/papers", {"kind": "identity"})) == [
        say("Put a tick here if you agree. Without it your paper is not kept.")
    ]
    assert faults(browser.post("/me/papers", {"kind": "identity", "agree": "yes"})) == [
        say("This number is not as it should be. Look at the paper again.")
    ]
    assert faults(browser.post("/me/lesson/safe-work", {"q0": "0"})) == [say("Not so. Read once more.")]
    assert faults(browser.post("/me/remove")) == [say("Put a tick here if you are sure.")]
    assert (say("Write your name.") == "Write your name.") == (language == "en")


def test_what_was_typed_stays_in_the_form(desk):
    browser = house.client(desk)
    answer = browser.post("/sign-in", {"phone": '12"><script>'})
    assert answer.status_code == 422
    assert 'value="12&#34;&gt;&lt;script&gt;"' in answer.text


def test_screens_are_not_skipped(desk):
    browser = house.client(desk)
    assert browser.get("/join").headers["location"] == "/sign-in"
    assert browser.get("/join/place").headers["location"] == "/join"
    assert browser.post("/join", {"name": "Asha", "role": "trader"}).headers["location"] == "/sign-in"
    assert browser.post("/join/place", {"place": "moradabad", "agree": "yes"}).headers["location"] == "/join"
    assert browser.get("/sign-in/code").headers["location"] == "/sign-in"


def test_two_who_join_with_one_phone_are_not_two(desk):
    browsers = []
    for _ in range(2):
        browser = house.client(desk)
        browser.post("/sign-in", {"phone": "9876543210"})
        browser.post("/sign-in/code", {"code": last_code(desk)})
        browser.get("/join")
        browser.post("/join", {"name": "Asha", "role": "citizen"})
        browsers.append(browser)
    form = {"place": "moradabad", "agree": "yes"}
    assert [browser.post("/join/place", form).status_code for browser in browsers] == [303, 422]


def test_name_place_and_language_are_changed(desk):
    browser, _ = join(desk)
    form = {"name": "Asha Kumari", "place": "seelampur", "language": "hi"}
    assert browser.post("/me/change", form).status_code == 303
    page = browser.get("/me")
    assert "Asha Kumari" in page.text
    assert "सीलमपुर" in page.text
    assert 'lang="hi"' in page.text


def test_messages_come_in_the_language_that_is_chosen_at_the_top(desk):
    person = member(desk, "citizen")
    browser = signed_in(desk, person.id)
    for chosen, kept in (("hi", "hi"), ("xx", "hi"), ("en", "en")):
        browser.http.post(f"/language/{chosen}")
        with desk.read() as work:
            assert persons.person(work, person.id).language == kept
    house.client(desk).http.post("/language/hi")  # nobody's
    with desk.read() as work:
        assert persons.person(work, person.id).language == "en"


def test_a_phone_is_changed_by_a_code_sent_to_the_new_one(desk):
    browser, _ = join(desk)
    other = signed_in(desk, person_of(desk, "9876543210").id)
    assert faults(browser.post("/me/phone", {"phone": "12"}))
    assert browser.post("/me/phone", {"phone": "9123456789"}).headers["location"] == "/me/phone/code"
    code = last_code(desk)
    assert browser.post("/me/phone/code", {"code": "12"}).status_code == 422
    assert person_of(desk, "9876543210")
    assert browser.post("/me/phone/code", {"code": code}).headers["location"] == "/me"
    assert "Asha Devi" in browser.get("/me").text
    assert other.get("/me").status_code == 303
    assert person_of(desk, "9876543210") is None
    assert person_of(desk, "9123456789").name == "Asha Devi"
    assert any(text.startswith("Your account has another phone now") for text in messages(desk))


def test_a_phone_of_another_is_not_taken(desk):
    browser, _ = join(desk)
    taken = member(desk, "trader")
    browser.post("/me/phone", {"phone": taken.phone})
    answer = browser.post("/me/phone/code", {"code": last_code(desk)})
    assert faults(answer) == ["Somebody has joined with this phone before. Sign in with it."]
    assert person_of(desk, taken.phone).id == taken.id
    assert person_of(desk, "9876543210")


def person_of(desk, phone):
    with desk.read() as work:
        return persons.person_of_phone(work, phone)


def test_a_passkey_is_made_used_and_removed(desk):
    browser, _ = join(desk)
    key, page = Authenticator(), browser.get("/me/passkeys")
    assert browser.post("/me/passkeys", {"credential": key.create(options(page))}).status_code == 303
    browser.post("/me/sign-out")
    page = browser.get("/sign-in/passkey?next=/me/steps")
    answer = browser.post("/sign-in/passkey", {"credential": key.get(options(page)), "next": "/me/steps"})
    assert answer.headers["location"] == "/me/steps"
    with desk.read() as work:
        (row,) = passkeys.of(work, persons.person_of_phone(work, "9876543210").id)
    browser.get("/me/passkeys")
    browser.post("/me/passkeys/remove", {"passkey": row.id})
    assert "You have none yet" in browser.get("/me/passkeys").text
    browser.post("/me/sign-out")
    page = browser.get("/sign-in/passkey")
    refused = browser.post("/sign-in/passkey", {"credential": key.get(options(page))})
    assert refused.status_code == 422
    assert faults(refused)[0].startswith("This passkey was not accepted")


def options(page) -> str:
    found = re.search(r'data-passkey="([^"]*)"', page.text)
    return found[1].replace("&#34;", '"').replace("&amp;", "&")


def test_a_paper_goes_its_way(desk):
    browser, _ = join(desk)
    boss = signed_in(desk, member(desk, "administrator").id)
    form = {"kind": "identity", "number": "ABCD 1234", "agree": "yes"}
    picture = {"picture": ("card.png", PNG, "image/png")}
    assert browser.post("/me/papers", form, files=picture).status_code == 303
    assert "…1234" in browser.get("/me/papers").text
    waiting = boss.get("/papers")
    id = re.search(r"/papers/(document-\w+)", waiting.text)[1]
    seen = boss.get(f"/papers/{id}/picture")
    assert (seen.content, seen.headers["content-type"]) == (PNG, "image/png")
    assert seen.headers["content-disposition"].startswith("attachment")
    assert browser.get(f"/me/papers/{id}/picture").content == PNG
    other = signed_in(desk, member(desk, "trader").id)
    assert other.get(f"/me/papers/{id}/picture").status_code == 404
    assert other.get(f"/papers/{id}").status_code == 403
    boss.get(f"/papers/{id}")
    assert faults(boss.post(f"/papers/{id}", {"verdict": "refuse"})) == ["Write the reason."]
    assert boss.post(f"/papers/{id}", {"verdict": "accept"}).status_code == 303
    assert "3 of 9 are done" in browser.get("/me/steps").text
    assert "2 times as high" in browser.get("/me/steps").text
    assert any("accepted" in text for text in messages(desk))
    assert "document-seen" in boss.get(f"/audit?about={id}").text


def test_a_lesson_earns_a_certificate(desk):
    browser, _ = join(desk)
    assert browser.get("/me/lesson/safe-work/certificate").status_code == 404
    assert browser.get("/me/lesson/nothing").status_code == 404
    lesson = ladder.ladder(desk.settings).lesson("safe-work")
    right = {f"q{number}": str(one.right) for number, one in enumerate(lesson.questions)}
    assert browser.post("/me/lesson/safe-work", right).headers["location"] == "/me/lesson/safe-work/certificate"
    page = browser.get("/me/lesson/safe-work/certificate").text
    assert "Asha Devi" in page
    assert "1 Apr 2026" in page


def test_data_are_handed_out_and_removed(desk):
    browser, _ = join(desk)
    known = browser.get("/me/data.json").json()
    assert (known["name"], known["phone"]) == ("Asha Devi", "+919876543210")
    assert "Asha Devi" in browser.get("/me/data").text
    assert browser.get("/me/remove").status_code == 200
    answer = browser.post("/me/remove", {"sure": "yes"})
    assert "removed" in answer.text
    assert browser.get("/me").status_code == 303
    with desk.read() as work:
        assert persons.person_of_phone(work, "9876543210") is None


def test_why_data_cannot_be_removed_yet_is_said(desk):
    browser = signed_in(desk, member(desk, "administrator").id)
    assert "You are the last administrator." in browser.get("/me/remove").text
    assert faults(browser.post("/me/remove", {"sure": "yes"}))[0].startswith("You are the last administrator.")


def test_agreement_is_withdrawn_and_papers_go(desk):
    browser, _ = join(desk)
    form = {"kind": "identity", "number": "ABCD 1234", "agree": "yes"}
    browser.post("/me/papers", form, files={"picture": ("card.png", PNG, "image/png")})
    assert "You agree." in browser.get("/me/agreed").text
    assert browser.post("/me/agreed", {"purpose": "documents"}).status_code == 303
    with desk.read() as work:
        party = persons.person_of_phone(work, "9876543210").party
        assert documents.of_party(work, party) == []
    assert faults(browser.post("/me/agreed", {"purpose": "service"}))[0].startswith("Without this there is no account")
    assert browser.post("/me/agreed", {"purpose": "nothing", "agree": "yes"}).status_code == 422


def test_an_administrator_gives_takes_closes_and_opens(desk):
    boss, person = signed_in(desk, member(desk, "administrator").id), member(desk, "trader")
    path = f"/people/{person.id}"
    assert "Trader 0" in boss.get("/people?text=trader").text
    boss.get(path)
    for form, status in (
        ({"act": "give", "role": "collector"}, 303), ({"act": "give", "role": "auditor"}, 422),
        ({"act": "take", "role": "trader"}, 303), ({"act": "give", "role": "emperor"}, 422),
        ({"act": "suspend"}, 422), ({"act": "suspend", "reason": "A test."}, 422),
        ({"act": "suspend", "reason": "A test.", "name": "trader  0"}, 303), ({"act": "restore"}, 303),
        ({"act": "restore"}, 422), ({"act": "nothing"}, 422),
    ):  # fmt: skip
        assert boss.post(path, form).status_code == status, form
    with desk.read() as work:
        assert persons.person(work, person.id).roles == {"collector"}
    assert boss.get("/people/person-nobody").status_code == 404
    assert boss.post("/people/person-nobody", {"act": "give", "role": "trader"}).status_code == 404
    assert "role-given" in boss.get(f"/audit?about={person.id}").text


def test_an_administrator_does_not_change_their_own_roles(desk):
    person = member(desk, "administrator")
    member(desk, "administrator", 1)
    boss = signed_in(desk, person.id)
    answer = boss.post(f"/people/{person.id}", {"act": "give", "role": "recycler"})
    assert faults(answer) == ["Nobody changes their own roles. Ask another administrator."]


def test_who_is_closed_cannot_sign_in(desk):
    boss, person = signed_in(desk, member(desk, "administrator").id), member(desk, "trader")
    boss.post(f"/people/{person.id}", {"act": "suspend", "reason": "A test.", "name": person.name})
    browser = house.client(desk)
    browser.post("/sign-in", {"phone": person.phone})
    answer = browser.post("/sign-in/code", {"code": last_code(desk)})
    assert faults(answer) == ["This account is closed. Ask who runs this exchange."]


def test_every_door_of_ones_own_page_opens(desk):
    for role in persons.ROLES:
        browser = signed_in(desk, member(desk, role).id)
        doors = re.findall(r'class="door" href="([^"]*)"', browser.get("/me").text)
        assert len(doors) >= 6
        for door in doors:
            assert browser.get(door).status_code == 200, (role, door)


def test_the_audit_is_read_from_the_newest_on(desk):
    auditor = signed_in(desk, member(desk, "auditor").id)
    with desk.work("system") as work:
        for number in range(60):
            work.audit("counted", f"thing-{number}", number=number)
    page = auditor.get("/audit?what=counted").text
    assert "thing-59" in page
    assert "thing-9<" not in page
    older = re.search(r'href="(\?[^"]*before=\d+)"', page)[1].replace("&amp;", "&")
    assert "thing-9<" in auditor.get(f"/audit{older}").text
    assert auditor.get("/audit?before=xyz").status_code == 200
    assert auditor.get("/audit?before=99999999999999999999999").status_code == 200
