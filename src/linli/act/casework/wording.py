"""Sentences about a case in the reader's language: what happened, what can be done, how far it is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from linli.act.casework.models import Case, CaseEntry, Law, Outcome, QualityCheck, Rating
from linli.act.casework.rules.titles import title_of
from linli.foundation.lifecycle.explaining import moment
from linli.sense.requests.models import Request
from linli.sense.requests.voices import is_voice_alone
from linli.understand.triage.taxonomy import category
from linli.understand.warnings.arriving import ArrivalTerm
from linli.understand.warnings.seeing import title as warning_title

VERB_LABELS = {
    "accept": gettext_lazy("受理"),
    "dispatch": gettext_lazy("派单"),
    "take": gettext_lazy("我来办"),
    "start": gettext_lazy("开始处置"),
    "contact": gettext_lazy("记下已联系居民"),
    "note": gettext_lazy("加一条进展"),
    "say_more": gettext_lazy("补充几句"),
    "hand_over": gettext_lazy("转给别人"),
    "ask_resident": gettext_lazy("请居民回话"),
    "answer": gettext_lazy("回话"),
    "resume": gettext_lazy("继续办"),
    "suspend": gettext_lazy("先挂账"),
    "return": gettext_lazy("派错了，退回"),
    "transfer": gettext_lazy("转给别的单位"),
    "escalate": gettext_lazy("上报社区"),
    "tick": gettext_lazy("勾检查单"),
    "waive": gettext_lazy("免做一项"),
    "spend": gettext_lazy("记材料、工时"),
    "unspend": gettext_lazy("冲掉一笔"),
    "reclassify": gettext_lazy("换一类"),
    "locate": gettext_lazy("改地点"),
    "place_under_law": gettext_lazy("按信访或信息公开办"),
    "extend": gettext_lazy("延期"),
    "feed_back": gettext_lazy("办完了，告诉居民"),
    "rate": gettext_lazy("评价"),
    "reopen": gettext_lazy("还没好，重新办"),
    "merge": gettext_lazy("和另一件并案"),
    "withdraw": gettext_lazy("不用办了，撤回"),
    "reject": gettext_lazy("不予受理"),
}

REASONS = {
    "not_in_remit": gettext_lazy("不属于公共事务"),
    "no_facts": gettext_lazy("没有具体的事"),
    "already_answered": gettext_lazy("已经有过答复"),
    "court_or_petition": gettext_lazy("已经走诉讼或者信访"),
    "abusive": gettext_lazy("内容是辱骂"),
    "wrong_grid": gettext_lazy("不在这个网格"),
    "wrong_unit": gettext_lazy("不归我们管"),
    "needs_information": gettext_lazy("还缺情况"),
}

ROLES_ESCALATED_TO = {
    "grid_lead": gettext_lazy("网格长"),
    "community_director": gettext_lazy("社区主任"),
    "street_office": gettext_lazy("街道"),
}

VERB_LABELS_AT_THE_PLACE = VERB_LABELS | {
    "contact": gettext_lazy("写现场情况"),
    "feed_back": gettext_lazy("办完了，写结果"),
}
"""Of a case that nobody reported: there is a place to go to and nobody to tell."""

STEPS = {
    "accept": gettext_lazy("受理"),
    "contact": gettext_lazy("联系居民"),
    "finish": gettext_lazy("办好"),
    "review": gettext_lazy("挂账复查"),
}


def verb_label(verb: str, *, nobody_reported: bool) -> str:
    return str((VERB_LABELS_AT_THE_PLACE if nobody_reported else VERB_LABELS)[verb])


def step_name(step: str, *, nobody_reported: bool) -> str:
    return _("到现场") if nobody_reported and step == "contact" else str(STEPS[step])


def case_title(case: Case, seen: Collection[int] = ()) -> str:
    """First words of the request, or what the warning is about; reads ``case.warning``.

    ``seen`` are the warnings whose readings the reader may know (:func:`readings_of`); of others it says that somebody must go.
    """
    if case.title:
        return case.title
    if case.warning_id and case.warning is not None:
        return warning_title(case.warning, seen)
    return category_name(case)


def matter_title(request: Request, case: Case | None) -> str:
    """For whoever said it: the first words of their own request, never those of a neighbour whose case it joined."""
    if is_voice_alone(request):
        return _("语音留言")
    return title_of(request.words) or (category_name(case) if case is not None else "")


def place_name(case: Case) -> str:
    """As exact as the case knows, without a room number: a list may stand open on a desk."""
    if case.facility is not None:
        return str(case.facility)
    return str(case.building) if case.building is not None else _("地点待确认")


def category_path(case: Case) -> str:
    return category(case.category).path(get_language() or "zh-hans")


def category_name(case: Case) -> str:
    return category(case.category).name(get_language() or "zh-hans")


def entry_sentence(entry: CaseEntry) -> str:
    """One plain sentence; what the person wrote is in ``entry.text``."""
    data = entry.data
    match entry.verb:
        case "open" if data.get("warning_id"):
            return _("设备预警，自动建单")
        case "open" if data.get("maintenance_id"):
            return _("设备 %(device)s 有人报修，自动建单") % data
        case "open" if data.get("device_id"):
            return _("设备 %(device)s 没有消息了，自动建单") % data
        case "open":
            return _("收到")
        case "accept":
            return _("已受理")
        case "dispatch" if data.get("why"):
            return _("按规则 %(rule)s 派给第 %(grid)s 网格：%(why)s") % data
        case "dispatch" if data.get("handler"):
            return _("派给第 %(grid)s 网格，%(handler)s 负责") % data
        case "dispatch":
            return _("派给第 %(grid)s 网格") % data
        case "take":
            return _("接单")
        case "start":
            return _("开始处置")
        case "contact" if data.get("at_the_place"):
            return _("到了现场")
        case "contact" if data.get("at_the_place") is False:
            return _("没到现场，先问了情况")
        case "contact":
            return _("和居民联系上了")
        case "note":
            return _("进展")
        case "say_more" | "answer" if data.get("channel") == "mail":
            return _("居民回邮件说")
        case "say_more":
            return _("居民补充")
        case "write_down":
            return _("听了语音，写成文字")
        case "raise":
            return _("后来说的话里像是有危险，改成特急，请马上看")
        case "hand_over" if data.get("goes"):
            return _("转给%(handler)s，由%(handler)s去") % data
        case "hand_over":
            return _("转给%(handler)s") % data
        case "ask_resident":
            return _("请居民回话，计时暂停")
        case "answer":
            return _("居民回话，继续办")
        case "resume":
            return _("继续办，计时恢复")
        case "suspend":
            return _("挂账，%(review_on)s 再看") % data
        case "return":
            return _("退回：%(reason)s") % {"reason": REASONS.get(data.get("reason_code", ""), "")}
        case "transfer" if data.get("outer_number"):
            return _("转给%(unit)s，对方编号 %(outer_number)s") % data
        case "transfer":
            return _("转给%(unit)s") % data
        case "escalate":
            return _("上报社区")
        case "tick" if data.get("on"):
            return _("检查单：%(check)s，做了") % data
        case "tick":
            return _("检查单：%(check)s，取消了") % data
        case "waive":
            return _("检查单：%(check)s，免做") % data
        case "spend" if data.get("unit"):
            return _("%(unit)s记了一笔") % data
        case "spend":
            return _("记了一笔")
        case "unspend":
            return _("冲掉一笔")
        case "reclassify":
            return _("改为%(category)s，%(level)s") % {
                "category": category(data["category"]).name(get_language() or "zh-hans"),
                "level": data["level"],
            }
        case "locate":
            return _("地点改为%(place)s") % {"place": data["place"]} if data["place"] else _("地点还不知道")
        case "place_under_law":
            return _("按%(law)s办，时限照法规") % {"law": Law(data["law"]).label}
        case "extend":
            return _("延期一次")
        case "feed_back" if data.get("at_the_place"):
            return _("到现场看过，反馈：%(outcome)s") % {"outcome": Outcome(data["outcome"]).label}
        case "feed_back":
            return _("反馈：%(outcome)s") % {"outcome": Outcome(data["outcome"]).label}
        case "rate":
            return _("居民评价：%(solved)s，%(satisfaction)s") % {
                "solved": _("解决了") if data["solved"] else _("没解决"),
                "satisfaction": Rating.Satisfaction(data["satisfaction"]).label,
            }
        case "close" if data.get("answered"):
            return _("居民满意，办结")
        case "close" if data.get("asked") is False:
            return _("没有居民在等这件事的评价，办结")
        case "close":
            return _("没有等到评价，办结")
        case "reopen":
            return _("没有办好，重新办理")
        case "merge":
            return _("并入 %(parent)s") % data
        case "join" if data.get("device_id"):
            return _("设备 %(device)s 也没有消息了，一起查") % data
        case "join" if data.get("number"):
            return _("%(number)s 并进来，一起办") % data
        case "join":
            return _("又有人说了这件事，一起办")
        case "leave":
            return _("有居民撤回，其他人的继续办")
        case "withdraw":
            return _("居民撤回")
        case "reject":
            return _("不受理：%(reason)s") % {"reason": REASONS.get(data.get("reason_code", ""), "")}
        case "left":
            return _("原来办的人走了，等人来接")
        case "call_missed":
            return _("回访第 %(n)d 次没打通") % data
        case "quality":
            return _("抽查：%(result)s") % {"result": QualityCheck.Result(data["result"]).label}
        case "archive":
            return _("归档")
        case "mark":
            return mark_sentence(data)
        case "place_term":
            return place_term_sentence(data)
        case "condition_ended":
            return _("设备情况已经恢复正常")
        case "settle":
            return _("预警已经解除，办结")
        case str(verb) if verb.startswith("errand_"):
            return errand_sentence(verb.removeprefix("errand_"), data)
    return _("有变动")


def errand_sentence(verb: str, data: dict) -> str:
    """What a unit outside was asked or answered, with its own number where it gave one."""
    match verb:
        case "sent" if data.get("whistle"):
            return _("吹哨，请%(unit)s来") % data
        case "sent":
            return _("请%(unit)s来办") % data
        case "accept" | "number" if data.get("outer_number"):
            return _("%(unit)s接了，对方编号 %(outer_number)s") % data
        case "accept" | "number":
            return _("%(unit)s接了") % data
        case "arrive":
            return _("%(unit)s到场了") % data
        case "finish":
            return _("%(unit)s说办完了") % data
        case "decline":
            return _("%(unit)s说接不了") % data
        case "renew":
            return _("给%(unit)s换了新链接，旧的不能用了") % data
        case "recall":
            return _("不用%(unit)s办了") % data
    return _("%(unit)s过了时间还没到") % data


def place_sentences(term: ArrivalTerm) -> list[str]:
    """Why somebody is at the place by then: whose word it counts from, what it is now, and what holds for the next."""
    minutes, since = f"{term.minutes:g}", {"since": moment(term.since)}
    said = [_("依据：社区的叫应次序。预警的页面上是同一个时间。")]
    if term.who:
        told = since | {"who": term.who, "minutes": minutes}
        said.append(_("%(who)s %(since)s 答应去，从那时起 %(minutes)s 分钟内要到现场。") % told)
    else:
        said.append(
            _("还没有人答应去：先从 %(since)s 起算，%(minutes)s 分钟内要有人到现场。") % (since | {"minutes": minutes})
        )
        said.append(_("有人答应去了，就从答应的时候起算。"))
    if term.handed_to:
        said.append(_("后来转给 %(who)s 去，时间不变。") % {"who": term.handed_to})
    if term.next_minutes != term.minutes:
        changed = {"minutes": f"{term.next_minutes:g}"}
        said.append(_("社区后来把到场的时限改成 %(minutes)s 分钟，从下一个答应去的人起算。") % changed)
    return [*said, _("最晚 %(at)s。") % {"at": moment(term.due)}]


def place_term_sentence(data: dict) -> str:
    """By when somebody is at the place of the case's warning, and what moved it: see ``keep_time_of_warning``."""
    told = {"who": data["who"] or _("有人"), "due": moment(datetime.fromisoformat(data["due"]))}
    match data["why"]:
        case "said":
            return _("%(who)s 答应去，最晚 %(due)s 到现场") % told
        case "plan":
            return _("社区改了到场的时限，最晚 %(due)s 要有人到现场") % told
    return _("没有人在去了，最晚 %(due)s 要有人到现场") % told


def mark_sentence(data: dict) -> str:
    """A share of a limit that was passed: ``step``, ``percent`` and, from 100 %, whom it was escalated to."""
    step = step_name(data["step"], nobody_reported=bool(data.get("from_device")))
    if data["step"] == "review":
        return _("挂账到了复查的日子")
    if data["percent"] < 100:
        return _("%(step)s的时限用了 %(percent)d%%") % {"step": step, "percent": data["percent"]}
    return _("%(step)s超时，已报%(role)s") % {"step": step, "role": ROLES_ESCALATED_TO[data["to"]]}


def time_left(case: Case, owed: tuple[str, datetime], now: datetime) -> str:
    """``还剩 6 分钟``, ``还剩 2 小时``, or how late it is; ``owed`` is the next step and when it is due."""
    return lateness(case, owed, now) or _("还剩 %(span)s") % {"span": said_span(owed[1] - now)}


def lateness(case: Case, owed: tuple[str, datetime], now: datetime) -> str:
    """Empty in time. ``超期 3 天`` only when the finish limit is over, as every count of 超期 has it; a promise missed on
    the way there says which: ``超时 8 小时没联系``."""
    step, due = ("finish", case.finish_by) if case.finish_by < now else owed
    if due >= now:
        return ""
    span = {"span": said_span(now - due)}
    match step:
        case "accept":
            return _("超时 %(span)s没人接") % span
        case "contact" if case.nobody_reported():
            return _("超时 %(span)s没到场") % span
        case "contact":
            return _("超时 %(span)s没联系") % span
    return _("超期 %(span)s") % span


def said_span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return _("%(n)d 分钟") % {"n": max(minutes, 1)}
    if minutes < 48 * 60:
        return _("%(n)d 小时") % {"n": minutes // 60}
    return _("%(n)d 天") % {"n": minutes // (24 * 60)}


def said_when(at: datetime, now: datetime) -> str:
    """``今天 17:20``, ``昨天 08:39``, ``3 月 2 日 09:00`` in Hangzhou's time."""
    local, today = timezone.localtime(at), timezone.localtime(now).date()
    clock_face = f"{local:%H:%M}"
    days = (today - local.date()).days
    if days == 0:
        return _("今天 %(time)s") % {"time": clock_face}
    if days == 1:
        return _("昨天 %(time)s") % {"time": clock_face}
    if days == -1:
        return _("明天 %(time)s") % {"time": clock_face}
    return _("%(month)d 月 %(day)d 日 %(time)s") % {"month": local.month, "day": local.day, "time": clock_face}
