"""Who is told what by text message. Residents read no jargon; staff read the number first."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.utils import translation
from django.utils.translation import gettext as _

from linli.act.casework.links import arrival_url, case_url, errand_url, rating_url, warnings_url
from linli.act.casework.models import ERRAND_OPEN, Case, CaseEntry, CaseRequest, CaseWatch, Errand, Outcome
from linli.act.casework.people import colleagues_of
from linli.act.casework.wording import (
    REASONS,
    case_title,
    entry_sentence,
    mark_sentence,
    matter_title,
    place_name,
    said_when,
)
from linli.foundation import clock
from linli.foundation.accounts.holders import holders
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.queries import actor_of
from linli.foundation.accounts.roles import Role
from linli.foundation.notices.actions import send
from linli.foundation.privacy.reaching import mobile_of
from linli.foundation.registry.models import Community
from linli.foundation.tenancy import active_community_id
from linli.sense.intake import letters
from linli.understand.warnings.attention import waits_folded
from linli.understand.warnings.call_links import warning_url
from linli.understand.warnings.call_plan import quiet_until
from linli.understand.warnings.call_words import place_words
from linli.understand.warnings.models import Warning
from linli.understand.warnings.seeing import told_to

LONGEST = 300


def tell_received(case: Case, at) -> None:
    """Number, who, and by when."""
    for row, language in _reporters(case):
        with translation.override(language):
            who = case.handler.display_name if case.handler else _("社区工作人员")
            text = _("您说的事收到了，编号 %(number)s。%(who)s会在%(by)s前联系您。") % {
                "number": case.number,
                "who": who,
                "by": said_when(case.contact_by, at),
            }
            _send_to_reporter(case, row, text, f"received:{row.request_id}", at_once=True)


def tell_assigned(case: Case, entry: CaseEntry) -> None:
    for row, language in _reporters(case):
        with translation.override(language):
            text = _("您说的“%(title)s”由%(name)s负责，会管到办好为止。") % {
                "title": matter_title(row.request, case),
                "name": case.handler.display_name if case.handler else "",
            }
            _send_to_reporter(case, row, text, f"assigned:{entry.pk}:{row.request_id}")


def tell_joined(case: Case, request_ids: list[int]) -> None:
    for row, language in _reporters(case):
        if row.request_id in request_ids:
            with translation.override(language):
                text = _("您说的事和别的住户说的是同一件，一起办，编号 %(number)s。办好了也会告诉您。") % {
                    "number": case.number
                }
                _send_to_reporter(case, row, text, f"joined:{row.request_id}")


def tell_asked(case: Case, entry: CaseEntry) -> None:
    for row, language in _reporters(case):
        with translation.override(language):
            text = _("您说的“%(title)s”，想问您一句：%(question)s 请在手机上回话，或者打 %(phone)s。") % {
                "title": matter_title(row.request, case),
                "question": entry.text,
                "phone": _phone(case),
            }
            _send_to_reporter(case, row, text, f"asked:{entry.pk}:{row.request_id}")


def tell_fed_back(case: Case, entry: CaseEntry, *, only: Collection[int] | None = None) -> None:
    """With the link by which it is rated, without signing in; to everybody, or the speakers of the requests ``only``."""
    for row, language in _reporters(case):
        if only is not None and row.request_id not in only:
            continue
        with translation.override(language):
            text = _("您说的“%(title)s”%(outcome)s：%(result)s 满意不满意，请点这里：%(link)s") % {
                "title": matter_title(row.request, case),
                "outcome": Outcome(entry.data["outcome"]).label,
                "result": _short(entry.text),
                "link": rating_url(case.community_id, row.request_id, case.reopened_times),
            }
            _send_to_reporter(case, row, text, f"fed_back:{entry.pk}:{row.request_id}")


def tell_reopened(case: Case, entry: CaseEntry) -> None:
    """Every reporter, the handler, the grid lead and the director: a person always hears that it was not fixed."""
    for row, language in _reporters(case):
        with translation.override(language):
            text = _("您说的“%(title)s”没办好，已经重新派人办。") % {"title": matter_title(row.request, case)}
            _send_to_reporter(case, row, text, f"reopened:{entry.pk}:{row.request_id}")
    people = {account.pk: account for account in holders(Role.COMMUNITY_DIRECTOR)}
    if case.grid_id is not None:
        people |= {account.pk: account for account in holders(Role.GRID_LEAD, grid_id=case.grid_id)}
    if case.handler is not None:
        people[case.handler.pk] = case.handler
    for account in people.values():
        with translation.override(account.language):
            text = _("%(number)s 居民说没办好，重新办理：%(title)s，%(place)s。") % _facts(case)
            _send_to_staff(case, account, text, f"reopened:{entry.pk}")


def tell_suspended(case: Case, entry: CaseEntry) -> None:
    for row, language in _reporters(case):
        with translation.override(language):
            text = _("您说的“%(title)s”现在办不了：%(reason)s %(day)s 再看，到时候告诉您。") % {
                "title": matter_title(row.request, case),
                "reason": _short(entry.text),
                "day": entry.data["review_on"],
            }
            _send_to_reporter(case, row, text, f"suspended:{entry.pk}:{row.request_id}")


def tell_word(case: Case, entry: CaseEntry) -> None:
    """A word after the end reaches whoever handled it, and the director where nobody has it any more."""
    people = [case.handler] if case.handler is not None and case.handler.is_active else holders(Role.COMMUNITY_DIRECTOR)
    for account in people:
        with translation.override(account.language):
            text = _("%(number)s 办完以后居民又说话了：%(title)s，%(place)s。请回一声。") % _facts(case)
            _send_to_staff(case, account, text, f"word:{entry.pk}")


def tell_extended(case: Case, entry: CaseEntry) -> None:
    for row, language in _reporters(case):
        with translation.override(language):
            text = _("您说的“%(title)s”要延期：%(reason)s 最晚%(by)s办好。") % {
                "title": matter_title(row.request, case),
                "reason": _short(entry.text),
                "by": said_when(case.finish_by, entry.at),
            }
            _send_to_reporter(case, row, text, f"extended:{entry.pk}:{row.request_id}")


def tell_ended(case: Case, entry: CaseEntry) -> None:
    """Rejected or transferred, with the reason or the unit and its number."""
    for row, language in _reporters(case):
        with translation.override(language):
            if entry.verb == "transfer":
                text = _("您说的“%(title)s”不归社区管，已经转给%(unit)s。%(outer_number)s") % {
                    "title": matter_title(row.request, case),
                    "unit": entry.data["unit"],
                    "outer_number": _("对方编号：%(n)s") % {"n": entry.data["outer_number"]}
                    if entry.data["outer_number"]
                    else "",
                }
            else:
                text = _("您说的“%(title)s”社区不能受理：%(code)s。%(reason)s") % {
                    "title": matter_title(row.request, case),
                    "code": REASONS[entry.data["reason_code"]],
                    "reason": _short(entry.text),
                }
            _send_to_reporter(case, row, text, f"{entry.verb}:{entry.pk}:{row.request_id}")


def tell_handler(case: Case, entry: CaseEntry) -> None:
    """A case came to somebody's hands: urgent ones must not wait until they look. Of warnings beyond the limit that a person
    has set for a day, which wait folded on the page, one message says that they are there."""
    if case.handler is None:
        return
    if entry.by_id is None and case.warning is not None and waits_folded(case.warning, case.handler):
        _tell_of_folded(case.warning, case.handler)
        return
    with translation.override(case.handler.language):
        text = _("%(number)s %(level)s 派给您：%(title)s，%(place)s。") % _facts(case)
        _send_to_staff(case, case.handler, text, f"handler:{entry.pk}")


def tell_grid_of_whole(whole: Warning, grid_id: int) -> None:
    """One warning stands for many: a grid that has some of them, but not its case, hears of it once."""
    people = list(holders(Role.GRID_WORKER, grid_id=grid_id)) or holders(Role.GRID_LEAD, grid_id=grid_id)
    for account in people:
        if waits_folded(whole, account):
            _tell_of_folded(whole, account)
            continue
        about = f"warning:{whole.pk}"
        to = mobile_of(account, "staff_notice", about=about)
        if to is None:
            continue
        with translation.override(account.language):
            text = _("%(level)s 预警：%(title)s，%(place)s。您的网格里也有，请看：%(link)s") % {
                "level": whole.level,
                "title": told_to(whole, actor_of(account)).title,
                "place": place_words(whole),
                "link": warning_url(whole.pk),
            }
        send(
            to, text[:LONGEST], key=f"{about}:grid:{grid_id}:{account.pk}", about=about, community=whole.community_id,
            not_before=quiet_until(whole.level, clock.now()),
        )  # fmt: skip


def _tell_of_folded(warning: Warning, account: Account) -> None:
    """Once a day."""
    to = mobile_of(account, "staff_notice", about=f"warning:{warning.pk}")
    if to is None:
        return
    with translation.override(account.language):
        text = _("今天的预警超过了您定的条数，多出来的不再一条一条发短信，都在这里排着：%(link)s") % {
            "link": warnings_url()
        }
    send(
        to, text, key=f"warnings:folded:{account.pk}:{clock.today()}", about=f"warning:{warning.pk}",
        community=warning.community_id, not_before=quiet_until(warning.level, clock.now()),
    )  # fmt: skip


def tell_raised(case: Case, event_id: int) -> None:
    """Somebody has it already and may not look: what a voice message says turned out to be danger to life."""
    people = [case.handler] if case.handler is not None and case.handler.is_active else holders(Role.COMMUNITY_DIRECTOR)
    for account in people:
        with translation.override(account.language):
            text = _("%(number)s 改成特急：居民的话里像是有危险，请马上看：%(title)s，%(place)s。") % _facts(case)
            _send_to_staff(case, account, text, f"raised:{event_id}")


def tell_mark(case: Case, entry: CaseEntry) -> None:
    """A warning goes to the handler (the grid lead, where nobody has it), an escalation to its role."""
    for account in _told_of_mark(case, entry):
        with translation.override(account.language):
            text = _("%(number)s %(mark)s：%(title)s，%(place)s。") % {
                **_facts(case),
                "mark": mark_sentence(entry.data),
            }
            _send_to_staff(case, account, text, f"mark:{entry.pk}")


def tell_mentioned(case: Case, entry: CaseEntry, account_ids: Collection[int]) -> None:
    """Who was named, where, and the link; the note itself stays inside."""
    for account in colleagues_of(case).filter(pk__in=account_ids):
        with translation.override(account.language):
            text = _("%(number)s %(who)s在进展里提到您：%(title)s，%(place)s。%(link)s") % {
                **_facts(case),
                "who": entry.by_label.partition(" · ")[0],
                "link": case_url(case.pk),
            }
            _send_to_staff(case, account, text, f"mentioned:{entry.pk}")


def tell_watchers(case: Case, entry: CaseEntry) -> None:
    """Whoever watches the case and still works on it hears what another did since it looked, unless it hears
    that anyhow."""
    watching = CaseWatch.objects.filter(case=case, seen_entry__lt=entry.pk).values("account")
    told_anyhow = {entry.by_id, entry.data.get("handler_id")}
    if entry.verb == "reopen":
        told_anyhow.add(case.handler_id)
    for account in colleagues_of(case).filter(pk__in=watching):
        if account.pk in told_anyhow:
            continue
        with translation.override(account.language):
            text = _("您关注的 %(number)s：%(said)s。%(title)s，%(place)s。%(link)s") % {
                **_facts(case),
                "said": entry_sentence(entry),
                "link": case_url(case.pk),
            }
            _send_to_staff(case, account, text, f"watched:{entry.pk}")


def tell_unit(errand: Errand) -> None:
    """The link by which a unit answers without an account, to its telephone; staff can also hand it on themselves."""
    if errand.state not in ERRAND_OPEN or not errand.nonce:
        return
    text = _("%(community)s请您单位处理：%(place)s，%(task)s 接不接、办完了，都在这里点：%(link)s") % {
        "community": Community.objects.values_list("name", flat=True).get(pk=errand.community_id),
        "place": errand.place,
        "task": _short(errand.task),
        "link": errand_url(errand.community_id, errand.pk, errand.nonce),
    }
    _send_to_unit(errand, text, f"errand:{errand.pk}:{errand.nonce}")


def tell_unit_recalled(errand: Errand) -> None:
    text = _("%(place)s的事不用来了，已经收回。原来的链接不能用了。") % {"place": errand.place}
    _send_to_unit(errand, text, f"errand:{errand.pk}:recalled")


def tell_of_errand(errand: Errand, entry: CaseEntry, *, late: bool = False) -> None:
    """Whoever answers for the case hears what the unit said; the director too, when one that was whistled for is late."""
    case = errand.case
    people = {case.handler.pk: case.handler} if case.handler is not None else {}
    if late or not people:
        people |= {account.pk: account for account in holders(Role.COMMUNITY_DIRECTOR)}
    for account in people.values():
        with translation.override(account.language):
            text = _("%(number)s %(said)s：%(title)s，%(place)s。") % {**_facts(case), "said": entry_sentence(entry)}
            _send_to_staff(case, account, text, f"{entry.verb}:{entry.pk}")


def _send_to_unit(errand: Errand, text: str, key: str) -> None:
    _send(errand.case, mobile_of(errand.unit, "staff_notice", about=f"case:{errand.case_id}"), text, key)


def _told_of_mark(case: Case, entry: CaseEntry) -> Iterable[Account]:
    role = entry.data.get("to")
    if not role and case.handler is not None:
        return [case.handler]
    role = Role(role or Role.GRID_LEAD)
    if role == Role.GRID_LEAD and case.grid_id is None:
        role = Role.COMMUNITY_DIRECTOR
    return holders(role, grid_id=case.grid_id if role == Role.GRID_LEAD else None)


def _reporters(case: Case) -> list[tuple[CaseRequest, str]]:
    """Requests that the case still answers, each with the language of its speaker."""
    rows = CaseRequest.objects.filter(case=case, withdrawn_at=None).select_related("request__speaker__account")
    return [(row, _language(row)) for row in rows.order_by("id")]


def _language(row: CaseRequest) -> str:
    speaker = row.request.speaker
    account = getattr(speaker, "account", None) if speaker is not None else None
    return account.language if account is not None else "zh-hans"


def _send_to_reporter(case: Case, row: CaseRequest, text: str, key: str, *, at_once: bool = False) -> None:
    said = row.request
    holder, column = (said, "speaker_phone") if said.speaker is None else (said.speaker, "phone")
    _send(case, mobile_of(holder, "matter_notice", about=f"case:{case.pk}", column=column), text, key, at_once=at_once)
    letters.write(said, text, number=case.number, key=f"case:{case.pk}:{key}")


def tell_danger_arrived(arrival_id: int) -> None:
    """Of something unread that sounds like danger to life; what it says stands in no text message."""
    for account in holders(Role.COMMUNITY_WORKER, Role.COMMUNITY_DIRECTOR):
        about = f"arrival:{arrival_id}"
        to = mobile_of(account, "staff_notice", about=about)
        if to is None:
            continue
        with translation.override(account.language):
            text = _("收到一件还没有人看的来件，里面像是说到有人有危险，请马上看：%(link)s") % {
                "link": arrival_url(arrival_id)
            }
        send(to, text, key=f"{about}:danger:{account.pk}", about=about, community=active_community_id())


def _send_to_staff(case: Case, account: Account, text: str, key: str) -> None:
    to = mobile_of(account, "staff_notice", about=f"case:{case.pk}")
    _send(case, to, text, f"{key}:account:{account.pk}")


def _send(case: Case, to: str | None, text: str, key: str, *, at_once: bool = False) -> None:
    """Without a mobile number the worker sees on the case that somebody must call. At night only danger rings; what
    somebody has just sent is confirmed ``at_once``, since they are awake."""
    if to is not None:
        send(
            to, text[:LONGEST], key=f"case:{case.pk}:{key}", about=f"case:{case.pk}", community=case.community_id,
            not_before=None if at_once else quiet_until(case.level, clock.now()),
        )  # fmt: skip


def _facts(case: Case) -> dict[str, str]:
    return {"number": case.number, "title": case_title(case), "place": place_name(case), "level": case.level}


def _phone(case: Case) -> str:
    return Community.objects.values_list("phone", flat=True).get(pk=case.community_id)


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
