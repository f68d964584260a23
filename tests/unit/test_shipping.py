"""Log lines on their way: each is sent once, over rotation, restarts, refusals and lines that are no JSON."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from lakefront.errors import UnreachableError
from lakefront.stack.logs import LogFile as Writer
from lakefront.stack.shipping import files as following
from lakefront.stack.shipping.documents import Document, plain
from lakefront.stack.shipping.figures import Figures
from lakefront.stack.shipping.files import LogFolder
from lakefront.stack.shipping.offsets import Offsets
from lakefront.stack.shipping.sender import Sender
from lakefront.stack.shipping.shipper import Shipper

MOMENT = dt.datetime(2026, 11, 29, tzinfo=dt.UTC)


class Index:
    """What is in OpenSearch, by id. `away`: how many bulks it does not take; `half`: it breaks in the middle of one."""

    sent = known = mended = refused = 0

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.twice = 0
        self.away = 0
        self.half = False

    def send(self, documents: Sequence[Document]) -> None:
        for number, each in enumerate(documents):
            if self.away or (self.half and number > len(documents) // 2):
                self.away -= 1 if self.away else 0
                self.half = False
                raise UnreachableError("opensearch-unreachable", "OpenSearch is away", fix="wait")
            self.twice += each.id in self.documents
            self.documents[each.id] = each

    @property
    def messages(self) -> list[str]:
        return [str(each.body["message"]) for each in self.documents.values()]


class Place:
    """A folder of logs, and shippers of it that begin where the one before ended."""

    def __init__(self, root: Path) -> None:
        self.logs, self.own = root / "logs", root / "own"
        self.logs.mkdir()
        self.own.mkdir()
        self.index = Index()

    def shipper(self, *, most_held: int = 10**9) -> Shipper:
        folder, offsets = LogFolder(self.logs, self.own / "held"), Offsets(self.own / "offsets.json")
        return Shipper(folder, offsets, cast("Sender", self.index), most_held=most_held)

    def drain(self, shipper: Shipper | None = None) -> Shipper:
        shipper = shipper or self.shipper()
        while shipper.step():
            pass
        return shipper

    def write(self, *lines: str, service: str = "trino") -> None:
        with (self.logs / f"{service}.log").open("a", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))

    def rotate(self, service: str = "trino") -> None:
        for number in range(2, -1, -1):
            name = f"{service}.log" + (f".{number}" if number else "")
            if (self.logs / name).exists():
                (self.logs / name).replace(self.logs / f"{service}.log.{number + 1}")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def _line(message: str, **fields: Any) -> str:
    return json.dumps({"timestamp": "2026-11-29T10:00:00.123456789Z", "level": "INFO", "message": message, **fields})


def test_each_line_is_sent_once_by_shippers_that_follow_each_other(place: Place) -> None:
    place.write(_line("a"), _line("b"))
    place.drain()
    place.write(_line("c"))
    place.write(_line("other"), service="catalog")
    place.drain()
    assert sorted(place.index.messages) == ["a", "b", "c", "other"]
    assert place.index.twice == 0
    assert {each.index for each in place.index.documents.values()} == {"logs-2026.11.29"}
    assert {each.body["service"] for each in place.index.documents.values()} == {"trino", "catalog"}
    assert {each.body["timestamp"] for each in place.index.documents.values()} == {"2026-11-29T10:00:00.123Z"}


def test_a_line_that_is_being_written_waits_for_its_end(place: Place) -> None:
    shipper = place.shipper()
    with (place.logs / "trino.log").open("w") as file:
        file.write(_line("whole") + "\n" + _line("half")[:20])
        file.flush()
        place.drain(shipper)
        assert place.index.messages == ["whole"]
        file.write(_line("half")[20:] + "\n")
    place.drain(shipper)
    assert place.index.messages == ["whole", "half"]


def test_files_that_are_rotated_away_and_deleted_meanwhile_are_read_to_their_end(place: Place) -> None:
    shipper = place.shipper()
    shipper._folder.files()  # it has looked once before each file is gone
    for number in range(12):
        place.write(_line(f"line {number}"))
        shipper._folder.files()
        place.rotate()
        for old in place.logs.glob("trino.log.3"):
            old.unlink()
    place.drain(shipper)
    assert place.index.messages == [f"line {number}" for number in range(12)]
    shipper.step()
    assert len(list((place.own / "held").iterdir())) == 2, "what is read and gone is let go; what has a name stays"


def test_what_is_sent_again_after_a_failure_is_known(place: Place) -> None:
    place.write(*(_line(f"line {number}") for number in range(100)))
    shipper = place.shipper()
    place.index.half = True
    with pytest.raises(UnreachableError):
        shipper.step()
    place.drain(shipper)
    assert sorted(place.index.messages) == sorted(f"line {number}" for number in range(100))
    assert place.index.twice == 51


def test_whatever_goes_wrong_it_goes_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.write(_line("a"))
    shipper, problems = place.shipper(), iter([ValueError("unforeseen"), OSError("full"), None])
    send = place.index.send

    def failing(documents: Sequence[Document]) -> None:
        problem = next(problems)
        if problem:
            raise problem
        send(documents)
        shipper.stop()

    monkeypatch.setattr(place.index, "send", failing)
    monkeypatch.setattr("lakefront.stack.shipping.shipper._FIRST_PAUSE", 0.01)
    shipper.run()
    assert (place.index.messages, shipper.told.failures, shipper.told.problem) == (["a"], 2, None)


def test_opensearch_that_does_not_answer_is_told_so(tmp_path: Path) -> None:
    document = Document("logs-x", "1", {"message": "m"}, 1, MOMENT)
    with pytest.raises(UnreachableError, match="OpenSearch takes no log lines"):
        Sender("http://127.0.0.1:1", tmp_path / "refused.jsonl").send([document])


def test_a_crash_before_the_place_is_taken_down_sends_under_the_same_ids(place: Place) -> None:
    place.write(_line("a"), "no json", _line("b", timestamp="nonsense"), _line("c"))
    place.drain()
    before = {key: each.body for key, each in place.index.documents.items()}
    (place.own / "offsets.json").unlink()
    place.drain()
    assert {key: each.body for key, each in place.index.documents.items()} == before
    assert place.index.twice == 4


def test_half_a_pair_of_surrogates_holds_up_no_other_line(place: Place) -> None:
    place.write(_line("whole \U0001f30a", logger="\U0001f30a"), _line("half \ud83c", thread="\udf0a"), _line("after"))
    place.drain()
    assert place.index.messages == ["whole \U0001f30a", "half ?", "after"]
    for each in place.index.documents.values():
        assert json.dumps(each.body, ensure_ascii=False).encode(), "it can be sent"


QUERY = "20261129_202006_00083_mzj4v"


@pytest.mark.parametrize(
    ("line", "query_id"),
    [
        (_line(f"TIMELINE: Query {QUERY} :: FINISHED"), QUERY),
        (_line("split", thread=f"SplitRunner-{QUERY}.1.0.0-3-82"), QUERY),
        (f"ERROR query {QUERY} failed: no room", QUERY),
        (_line(f"{QUERY} again {QUERY}"), QUERY),
        (_line("said elsewhere", query_id="mine"), "mine"),
        (_line(f"{QUERY} waits for 20261129_202006_00084_mzj4v"), None),
        (_line("20261129_202006_00083_mzj4v9 is none, nor is 2026_1"), None),
    ],
)
def test_a_line_that_names_one_query_is_found_by_its_id(place: Place, line: str, query_id: str | None) -> None:
    place.write(line)
    place.drain()
    (found,) = place.index.documents.values()
    assert found.body.get("query_id") == query_id


def test_lines_that_are_no_json_or_odd_are_kept_as_they_are(place: Place) -> None:
    deep = "[" * 100_000
    odd = ["plain words", '{"message": "cut', "[1, 2]", '"text"', "\x00\x01", deep, _line("x", level={"a": 1})]
    place.write(_line("first"), *odd)
    with (place.logs / "trino.log").open("ab") as file:
        file.write(b"\xff\xfe not UTF-8\n\n")
    place.drain()
    assert place.index.messages == ["first", *odd[:-1], "x", "\ufffd\ufffd not UTF-8"]
    assert {each.body["timestamp"] for each in place.index.documents.values()} == {"2026-11-29T10:00:00.123Z"}
    assert [each.body["level"] for each in place.index.documents.values()].count('{"a": 1}') == 1


def test_a_line_of_a_megabyte_is_kept_and_one_without_end_is_cut(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.write(_line("x" * 1_000_000), _line("after"))
    place.drain()
    assert place.index.messages == ["x" * 1_000_000, "after"]
    monkeypatch.setattr(following, "LONGEST_LINE", 1000)
    place.write("y" * 5000, _line("behind"))
    place.drain()
    last, behind = list(place.index.documents.values())[-2:]
    assert (last.body["message"], last.body["cut"]) == ("y" * 1000, True)
    assert behind.body["message"] == "behind"


def test_one_service_that_writes_without_end_does_not_silence_another(place: Place) -> None:
    place.write(*(_line("x" * 1000) for _ in range(20_000)), service="superset")
    place.write(_line("heard"))
    place.shipper().step()
    assert "heard" in place.index.messages


def test_too_much_that_waits_is_given_up_and_counted(place: Place) -> None:
    shipper = place.shipper(most_held=2500)
    for number in range(6):
        place.write(_line(f"{number}" * 1000))
        shipper._folder.files()
        place.rotate()
        for old in place.logs.iterdir():
            old.unlink()
    place.drain(shipper)
    assert [message[0] for message in place.index.messages] == ["4", "5"]
    assert shipper.told.lost_bytes > 4000


def test_where_lines_are_done_is_remembered_while_it_cannot_be_written_down(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    shipper = place.shipper()
    with monkeypatch.context() as patch:
        patch.setattr("lakefront.stack.shipping.offsets.write_json", full)
        place.write(_line("a"))
        place.drain(shipper)
        place.write(_line("b"))
        place.drain(shipper)
        assert "No space left" in (shipper._offsets.problem or "")
    assert (place.index.messages, place.index.twice) == (["a", "b"], 0)
    place.write(_line("c"))
    place.drain(shipper)
    assert shipper._offsets.problem is None
    place.drain()
    assert (place.index.messages, place.index.twice) == (["a", "b", "c"], 0)


def test_a_name_that_is_used_again_for_the_same_number_is_another_file(place: Place) -> None:
    place.write(_line("a" * 50))
    place.drain()
    number = (place.logs / "trino.log").stat().st_ino
    (place.logs / "trino.log").unlink()
    for held in (place.own / "held").iterdir():
        held.unlink()
    for attempt in range(200):
        place.write(_line("b" * 80))
        if (place.logs / "trino.log").stat().st_ino == number:
            break
        (place.logs / "trino.log").replace(place.logs / f"other-{attempt}")
    place.drain()
    assert place.index.messages == ["a" * 50, "b" * 80]


def test_our_own_log_files_are_read_while_they_are_written_and_rotated(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lakefront.stack.logs._MAX_BYTES", 2000)
    log, shipper = Writer(place.logs / "trino.log", "trino"), place.shipper()
    for number in range(500):
        log.write(f"INFO line {number}")
        if number % 7 == 0:
            place.drain(shipper)
    place.drain(shipper)
    assert sorted(place.index.messages, key=lambda text: int(text.split()[-1])) == [
        f"INFO line {n}" for n in range(500)
    ]
    assert place.index.twice == 0


def test_a_document_that_is_refused_says_the_same_as_text() -> None:
    refused = Document("logs-x", "1", {"timestamp": "t", "service": "s", "message": "m", "query_id": ["q"]}, 1, MOMENT)
    mended = plain(refused, "no such thing")
    assert json.loads(mended.body["message"]) == refused.body
    assert (mended.id, mended.index, mended.body["refused"]) == ("1", "logs-x", "no such thing")


def test_its_figures_are_told(place: Place) -> None:
    place.write(_line("a"), _line("b"))
    shipper = place.drain()
    place.index.away = 1
    place.write(_line("c"))
    with pytest.raises(UnreachableError):
        shipper.step()
    registry = CollectorRegistry()
    registry.register(Figures(shipper, cast("Sender", place.index)))
    told = generate_latest(registry).decode()
    assert 'lakefront_shipper_lines_total{service="trino"} 2.0' in told
    behind = (place.logs / "trino.log").stat().st_size - 2 * len(_line("a") + "\n")
    assert f'lakefront_shipper_behind_bytes{{service="trino"}} {float(behind)}' in told
    assert shipper.told.since.keys() == {"trino"}
    place.drain(shipper)
    shipper.step()
    assert shipper.told.since == {}
    assert 'lakefront_shipper_behind_bytes{service="trino"} 0.0' in generate_latest(registry).decode()
