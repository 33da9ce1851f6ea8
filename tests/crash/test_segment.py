"""A segment gives back what was appended, whatever happens to its last bytes."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowmill.entities.metric import Metric
from flowmill.entities.run import Param, RunTag
from flowmill.errors import Invalid
from flowmill.spool.cut import Reader, request_payload
from flowmill.spool.segment import KEY, POINT, POINT_RECORD, RUN, START, Segment
from flowmill.wire.runs import LogBatch

int64 = st.integers(-(2**63), 2**63 - 1)
points = st.lists(st.tuples(st.floats(), int64, int64), max_size=40)


def segment_with(folder: Path, values: list[tuple[float, int, int]], size: int = 1 << 16) -> Segment:
    segment = Segment.create(folder / "s.spool", b"w" * 16, 7, size)
    segment.append(bytes([RUN]) + (1).to_bytes(4, "little") + b"run")
    segment.append(bytes([KEY]) + (1).to_bytes(4, "little") + b"verlust")
    for value, timestamp, step in values:
        assert segment.append(POINT_RECORD.pack(POINT, 1, 1, value, timestamp, step))
    return segment


def read_all(segment: Segment) -> list[Metric]:
    reader, found = Reader(segment), []
    while (cut := reader.next_cut(segment.end)) is not None:
        for request in cut.requests:
            assert isinstance(request, LogBatch)
            found += request.metrics
        reader.move_past(cut)
    return found


@given(points)
@settings(max_examples=50, deadline=None)
def test_points_come_back_to_the_bit(values: list[tuple[float, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        segment = segment_with(Path(folder), values)
        read = [(m.value.hex(), m.timestamp, m.step) for m in read_all(segment)]
        assert read == [(value.hex(), time, step) for value, time, step in values]
        segment.close()


@given(points.filter(bool))
@settings(max_examples=20, deadline=None)
def test_records_appended_together_are_there_together(values: list[tuple[float, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        segment = segment_with(Path(folder), [])
        before = segment.end
        assert segment.append(*(POINT_RECORD.pack(POINT, 1, 1, *value) for value in values))
        after = segment.end
        assert len(read_all(segment)) == len(values)
        segment.close()
        file = Path(folder) / "s.spool"
        content = bytearray(file.read_bytes())
        assert len(content) > after
        content[before : before + 4] = bytes(4)  # what a kill in the middle leaves
        file.write_bytes(content)
        adopted = Segment.adopt(file)
        assert adopted is not None
        assert adopted.end == before
        assert read_all(adopted) == []
        adopted.close()


@given(points.filter(bool), st.data())
@settings(max_examples=80, deadline=None)
def test_a_torn_end_costs_the_torn_record_only(values: list[tuple[float, int, int]], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        segment = segment_with(Path(name), values)
        ends = [end for _, end, _ in segment.records(START)]
        segment.close()
        file = Path(name) / "s.spool"
        content = bytearray(file.read_bytes())
        # Power fails: of the last page something else than what was written has reached the disk.
        torn = data.draw(st.integers(ends[1], ends[-1] - 1))
        content[torn] ^= data.draw(st.integers(1, 255))
        file.write_bytes(content)
        adopted = Segment.adopt(file)
        assert adopted is not None
        whole = sum(end <= torn for end in ends[2:])
        read = read_all(adopted)
        assert len(read) == whole
        assert [(m.timestamp, m.step) for m in read] == [(time, step) for _, time, step in values[:whole]]
        adopted.close()


def test_requests_travel_whole_with_numbers_that_json_has_not(tmp_path: Path) -> None:
    segment = Segment.create(tmp_path / "s.spool", b"w" * 16, 0)
    batch = LogBatch(
        run_id="r",
        metrics=[Metric("m", math.inf, 1, 2, "m-1"), Metric("m", -0.0, 1, 3), Metric("n", 0.1, 1, 3, None, "d", "1")],
        params=[Param("p", "ä\n")],
        tags=[RunTag("t", "")],
    )
    segment.append(request_payload(batch))
    cut = Reader(segment).next_cut(segment.end)
    assert cut is not None
    assert cut.requests == [batch]
    segment.close()


def test_the_same_part_is_cut_again_after_a_crash(tmp_path: Path) -> None:
    segment = segment_with(tmp_path, [(float(step), 1, step) for step in range(2500)], 1 << 20)
    reader = Reader(segment)
    first = reader.next_cut(segment.end)
    assert first is not None
    reader.move_past(first)
    segment.note(first.end, first.end)
    second = reader.next_cut(segment.end)
    assert second is not None
    segment.note(first.end, second.end)  # sent, and killed before the answer came
    segment.close()
    adopted = Segment.adopt(tmp_path / "s.spool")
    assert adopted is not None
    again = Reader(adopted).next_cut(adopted.tried)
    assert again == second
    assert (again.seq - first.seq, adopted.writer) == (1000, (b"w" * 16).hex())
    adopted.close()


def test_a_segment_in_use_is_not_adopted(tmp_path: Path) -> None:
    segment = segment_with(tmp_path, [(1.0, 1, 1)])
    assert Segment.adopt(tmp_path / "s.spool") is None
    segment.close()
    adopted = Segment.adopt(tmp_path / "s.spool")
    assert adopted is not None
    adopted.remove()
    assert not (tmp_path / "s.spool").exists()
    assert Segment.adopt(tmp_path / "s.spool") is None


def test_foreign_files_are_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "s.spool"
    file.write_bytes(b"something else" * 100)
    with pytest.raises(Invalid, match="no spool segment"):
        Segment.adopt(file)
    assert file.exists()
    file.write_bytes(bytes(4096))  # reserved, and killed before the header was written
    assert Segment.adopt(file) is None
    assert not file.exists()


def test_a_full_segment_says_so(tmp_path: Path) -> None:
    segment = Segment.create(tmp_path / "s.spool", b"w" * 16, 0, 4096)
    written = 0
    while segment.append(POINT_RECORD.pack(POINT, 1, 1, 0.5, 1, written)):
        written += 1
    assert written == (4096 - START) // 41
    assert not segment.append(b"x" * 100)
    segment.close()
