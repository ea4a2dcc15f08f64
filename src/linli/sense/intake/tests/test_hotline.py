"""A list from 12345: each number once, bad rows handed back, a crash in the middle files nothing twice."""

import io
import json

import pytest
from openpyxl import Workbook, load_workbook

from linli.foundation.accounts.actor import Actor
from linli.foundation.errors import Invalid, NotAllowed, NotFound
from linli.sense.intake import actions
from linli.sense.intake.actions import keep_hotline_file, run_hotline_file, start_hotline_file
from linli.sense.intake.models import HotlineFile
from linli.sense.intake.queries import bad_orders_file, hotline_report
from linli.sense.requests.models import Request

pytestmark = pytest.mark.usefixtures("monday_morning")

CSV = (
    "工单编号,诉求内容,来电时间,来电人,联系电话,事发地址,办理单位\n"
    "HZ1,楼道灯不亮,2026-03-01 08:12,方女士,13800001234,枫杨里1幢,城管\n"
    "HZ2,路面有坑,2026/2/28 9:00,,138****1234,,城管\n"
    "HZ3,,2026-03-01 08:12,,,,\n"
    "HZ4,太吵,2027-01-01 08:12,,123,,\n"
    "HZ1,又来一遍,2026-03-01 08:12,,,,\n"
)


def system(world):
    return Actor.for_system("hotline", world.community.pk)


def test_good_rows_are_filed_once_and_bad_rows_come_back(world):
    clerk = world.actor("community_worker")
    with world.scope():
        kept = keep_hotline_file(CSV.encode("gb18030"), "12345.csv", actor=clerk)
        assert (kept.rows, kept.bad, Request.objects.count()) == (5, 3, 0)
        assert hotline_report(kept).ignored_columns == ["办理单位"]
        start_hotline_file(kept.pk, actor=clerk)
        done = run_hotline_file(kept.pk, system(world))
        assert (done.state, done.filed, done.known) == ("done", 2, 0)
        first = Request.objects.get(outer_number="HZ1")
        assert (first.words, first.channel, first.speaker_name, first.building) == (
            "楼道灯不亮", "hotline", "方女士", world.buildings[0],
        )  # fmt: skip
        assert not Request.objects.get(outer_number="HZ2").speaker_phone
        rows = list(load_workbook(io.BytesIO(bad_orders_file(done))).active.values)
        assert [row[0] for row in rows[1:]] == ["HZ3", "HZ4", "HZ1"]
        assert "不能空着" in rows[1][-1] and "今天之后" in rows[2][-1] and "重复" in rows[3][-1]


def test_the_same_list_again_files_nothing_and_says_so(world):
    clerk = world.actor("community_worker")
    with world.scope():
        for filed, known in ((2, 0), (0, 2)):
            kept = keep_hotline_file(CSV.encode(), "12345.csv", actor=clerk)
            done = run_hotline_file(kept.pk, system(world))
            assert (done.filed, done.known) == (filed, known)
        assert Request.objects.count() == 2


def test_a_crash_in_the_middle_goes_on_where_it_stood(world, monkeypatch):
    rows = "\n".join(f"N{n},路灯坏了" for n in range(120))
    with world.scope():
        kept = keep_hotline_file(f"编号,内容\n{rows}".encode(), "x.csv", actor=world.actor("community_worker"))
        real, calls = actions._file_order, []

        def until_the_power_goes(values, actor):
            calls.append(values)
            if len(calls) == 77:
                raise RuntimeError("power")
            return real(values, actor)

        monkeypatch.setattr(actions, "_file_order", until_the_power_goes)
        with pytest.raises(RuntimeError):
            run_hotline_file(kept.pk, system(world))
        assert Request.objects.count() == 50
        done = run_hotline_file(kept.pk, system(world))
        assert (done.filed, done.known, Request.objects.count()) == (120, 0, 120)


def test_excel_and_json_are_read_under_other_headings(world):
    book = Workbook()
    book.active.append(["受理编号", "诉求描述", "受理时间"])
    book.active.append(["A1", "水管漏水", "2026-03-01 10:00"])
    out = io.BytesIO()
    book.save(out)
    as_json = json.dumps({"data": [{"工单号": "A2", "内容": "垃圾没收", "联系方式": "0571-88880000"}]}).encode()
    with world.scope():
        for content in (out.getvalue(), as_json):
            kept = keep_hotline_file(content, "x", actor=world.actor("community_worker"))
            assert (kept.rows, kept.bad) == (1, 0)
            run_hotline_file(kept.pk, system(world))
        assert set(Request.objects.values_list("outer_number", "words")) == {("A1", "水管漏水"), ("A2", "垃圾没收")}


@pytest.mark.parametrize("content", [b"{}", b'[{"a": 1', b"[1, 2]", "编号,电话\n1,2".encode(), b"%PDF-1.7"])
def test_a_file_that_is_no_list_is_refused_in_words(world, content):
    with world.scope(), pytest.raises(Invalid) as refused:
        keep_hotline_file(content, "x", actor=world.actor("community_worker"))
    assert str(refused.value)


def test_the_file_belongs_to_whoever_brought_it(world):
    with world.scope():
        kept = keep_hotline_file(CSV.encode(), "x.csv", actor=world.actor("community_worker"))
        assert b"13800001234" not in bytes(HotlineFile.objects.get(pk=kept.pk).content)
        with pytest.raises(NotFound):
            start_hotline_file(kept.pk, actor=world.actor("community_director"))
        with pytest.raises(NotAllowed):
            keep_hotline_file(CSV.encode(), "x.csv", actor=world.actor("grid_worker"))
