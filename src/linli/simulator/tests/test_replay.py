from linli.simulator.replay import Message, Progress, Reconciliation, read_messages, read_series, series_code


def test_a_message_file_gives_messages_and_says_which_lines_are_malformed(tmp_path):
    file = tmp_path / "messages.csv"
    file.write_text(
        "留言编号,留言用户,留言主题,留言时间,留言详情\n"
        "1,A,路灯不亮,2019/2/28 11:25:05,楼下的路灯坏了\n"
        ",A,没有编号,2019/2/28 11:25:05,x\n"
        "3,A,,2019/2/28 11:25:05,\n"
        "4,A,时间错,昨天,x\n"
    )
    rows = list(read_messages(file))
    assert isinstance(rows[0], Message) and rows[0].words == "路灯不亮\n楼下的路灯坏了"
    assert rows[0].said_at.isoformat() == "2019-02-28T11:25:05+08:00"
    assert [str(r).split(": ", 1)[1] for r in rows[1:]] == [
        "line 3: no number",
        "line 4: no words",
        "line 5: not a time: 昨天",
    ]


def test_words_longer_than_a_request_are_filed_up_to_there_and_end_with_an_ellipsis(tmp_path):
    file = tmp_path / "messages.csv"
    file.write_text(f"留言编号,留言主题,留言时间,留言详情\n1,长,,{'长' * 2100}\n2,短,,{'短' * 1998}\n")
    long, short = read_messages(file)
    assert (len(long.words), len(long.shown), long.shown[-1]) == (2102, 2000, "…")
    assert short.shown == short.words


def test_a_file_that_is_not_utf_8_says_so_instead_of_ending_in_a_trace(tmp_path):
    file = tmp_path / "messages.csv"
    file.write_bytes("留言编号,留言主题,留言时间,留言详情\n1,灯,,坏了\n".encode("gb18030"))
    assert "line 1 and what follows" in next(read_messages(file))


def test_a_file_of_another_kind_is_refused_by_its_columns(tmp_path):
    file = tmp_path / "other.csv"
    file.write_text("a,b\n1,2\n")
    assert "no column" in next(read_messages(file))


def test_a_series_keeps_its_own_times_and_names_bad_rows(tmp_path):
    file = tmp_path / "cpu.csv"
    file.write_text("timestamp,value\n2014-04-01 00:00:00,19.7\nsoon,1\n2014-04-01 00:05:00\n")
    rows = list(read_series(file))
    assert rows[0] == (1396310400000, 19.7)
    assert [row.split(": ")[1] for row in rows[1:]] == ["line 3", "line 4"]


def test_devices_of_two_files_of_one_name_differ(tmp_path):
    one, two = tmp_path / "a" / "cpu.csv", tmp_path / "b" / "cpu.csv"
    for n, file in enumerate((one, two)):
        file.parent.mkdir()
        file.write_text(str(n))
    assert series_code(one) != series_code(two)


def test_progress_survives_and_belongs_to_the_contents(tmp_path):
    file = tmp_path / "messages.csv"
    file.write_text("one")
    Progress(tmp_path / "kept.json").note(file, 7)
    assert Progress(tmp_path / "kept.json").of(file) == 7
    file.write_text("two")
    assert Progress(tmp_path / "kept.json").of(file) == 0


def test_the_reconciliation_disagrees_when_one_is_lost():
    assert Reconciliation(sent=3, accepted=2, quarantined=1, stored=2).agrees
    assert not Reconciliation(sent=3, accepted=2, quarantined=0, stored=2).agrees
    assert not Reconciliation(sent=3, accepted=3, stored=2).agrees
