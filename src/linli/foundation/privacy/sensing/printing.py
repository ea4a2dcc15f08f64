"""On paper: the sign that hangs beside the device, and the impact assessment for the file."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation.documents import qr_svg, render_pdf
from linli.foundation.errors import Invalid
from linli.foundation.privacy.purposes import in_force
from linli.foundation.privacy.sensing.guide import HARMS, LEVEL_WORDS, LIKELIHOODS, PAGES, RISK_WORDS
from linli.foundation.privacy.sensing.kinds import kind_of
from linli.foundation.privacy.sensing.models import Assessment, Declaration
from linli.foundation.privacy.sensing.queries import kind_words, shown, viewer_words
from linli.foundation.privacy.sensing.wording import course
from linli.foundation.registry.models import Community

SIZES = ("a4", "a5")


def sign_pdf(made: Declaration, *, size: str, address: str, who: str) -> bytes:
    """One page to hang at the entry of the place (国务院令799号 art. 15: conspicuous); its QR code leads to ``address``.

    Raises :class:`Invalid` for a size that no printer is set up for.
    """
    if size not in SIZES:
        raise Invalid(_("只能印 A4 或 A5。"), code="unknown_size", field="size")
    seen = shown(made)
    facts = [(_("用来做什么"), seen.why), (_("只留下"), "、".join(seen.stored))]
    facts.append((_("留多久"), _("%(n)d 天，到期自动删") % {"n": made.keep_days}))
    facts.append((_("谁能看"), f"{'、'.join(seen.viewers)}。{seen.others_learn}"))
    if seen.methods:
        facts.append((_("进门办法"), "、".join(seen.methods)))
    facts.append((_("不用它也可以"), made.alternative))
    if made.filing:
        facts.append((_("公安备案号"), made.filing))
    title = _("这里有%(kind)s") % {"kind": seen.kind}
    return render_pdf(
        "sensing/sign.typ",
        {
            "paper": size,
            "scale": 1.0 if size == "a4" else 0.7,
            "letters": _letters(facts),
            "title": title,
            "place": f"{seen.place} · {made.name}" if not made.name.startswith(seen.place) else made.name,
            "promise": _promise(seen.counts_only, made.has_face),
            "facts": facts,
            "who": _("负责人：%(name)s") % {"name": made.responsible},
            "phone": made.responsible_phone,
            "complain": _("觉得不妥，打这个电话；也可以打 12345。"),
            "installer": _("安装单位：%(name)s") % {"name": made.installer},
            "qr": qr_svg(address),
            "scan": _("扫一扫看全文"),
            "code": _("公示编号 %(code)s") % {"code": made.code},
        },
        who=who,
        when=made.in_force_at,
    )


def _letters(facts: list[tuple[str, str]]) -> int:
    """Points of the letters on an A4 sign: as large as one page allows."""
    written = sum(len(value) * (1 if value.isascii() else 2) for _name, value in facts)
    return 21 if written < 220 else 17 if written < 420 else 13


def _promise(counts_only: bool, face: bool) -> str:
    if counts_only:
        return _("只记数字，看不出是谁，不存画面。")
    if face:
        return _("可以不刷脸。不刷脸一样进门。")
    return ""


def report_pdf(made: Assessment, *, who: str) -> bytes:
    """The assessment with its matrix and the course of its handling: what is kept for three years."""
    kind = kind_of(made.type)
    labels = dict(kind.metrics) if kind is not None else {}
    scope, known = made.weighed, in_force()
    community = Community.objects.get(pk=made.community_id)
    places = [_("家里")] * scope.inside_homes + [_("公共地方")] * scope.shared_places
    facts = [
        (_("设备"), kind_words(made.type)),
        (_("用来做什么"), "；".join(str(known[key].name) if key in known else key for key in sorted(scope.purposes))),
        (_("凭什么"), "；".join(known[key].law for key in sorted(scope.purposes) if key in known)),
        (_("留下什么"), "、".join(str(labels.get(one, one)) for one in sorted(scope.stored))),
        (_("留多久"), _("最多 %(n)d 天") % {"n": scope.keep_days}),
        (_("谁能看"), "、".join(viewer_words(sorted(scope.viewers)))),
        (_("装在哪里"), "、".join(places)),
        (_("认脸"), _("会") if scope.face else _("不会")),
        (_("状态"), made.get_state_display()),
    ]
    if made.keep_until is not None:
        facts.append((_("至少留到"), made.keep_until.isoformat()))
    return render_pdf(
        "sensing/assessment.typ",
        {
            "title": _("个人信息保护影响评估 %(number)s") % {"number": made.number},
            "community": community.name,
            "facts": facts,
            "pages": [
                {
                    "title": str(page.title),
                    "answers": [(str(one.words), made.answers.get(one.key, "")) for one in page.questions],
                }
                for page in PAGES.values()
                if page.questions
            ],
            "matrix": _("风险"),
            "head": [_("会怎样"), _("原来"), _("怎么办"), _("以后")],
            "risks": [
                [
                    str(RISK_WORDS[key]),
                    _step(one.likelihood, one.harm, one.before),
                    one.measure,
                    _step(one.likelihood_after, one.harm_after, one.after),
                ]
                for key, one in made.rated.items()
            ],
            "worst": _("剩下最高的风险：%(level)s") % {"level": LEVEL_WORDS[made.worst]},
            "course": _("经过"),
            "steps": [
                [f"{timezone.localtime(line.at):%Y-%m-%d %H:%M}", line.by, f"{line.sentence}{_colon(line.text)}"]
                for line in course(made.steps.all())
            ],
        },
        who=who,
    )


def _step(likelihood: int, harm: int, level: str) -> str:
    return f"{LEVEL_WORDS[level]}（{LIKELIHOODS[likelihood]}，{HARMS[harm]}）"


def _colon(text: str) -> str:
    return f"：{text}" if text else ""
